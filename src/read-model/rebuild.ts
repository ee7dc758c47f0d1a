/**
 * Rebuild: makes a damaged live read table what its events say, while everything runs.
 *
 * The difference is found against a shadow in a snapshot; then, under the append lock, the rows of
 * its keys, and no others, are exchanged for the shadow's in one statement. Readers see the table before or after, never
 * between; its identity, indexes, grants and the references to it stay.
 */

import type { ClientBase } from 'pg'
import { differenceQuery, keyColumns } from './difference.ts'
import { UpkeepError } from './errors.ts'
import { headPosition, replay } from './replay.ts'
import { projectionFiles } from './run-files.ts'
import { createShadows, fillShadows, withShadow } from './shadow.ts'
import { transaction } from './transactions.ts'
import { chooseLive, installedReleases } from './verify.ts'

/** Rounds of mending; one is enough unless somebody damages the table meanwhile. */
const rounds = 5

/** Mends one live read table; answers how many rows were not as they should be. */
export async function rebuild(
  client: ClientBase,
  directory: string,
  table: string,
  say: (line: string) => void,
): Promise<number> {
  await chooseLive(client, [table])
  const files = projectionFiles(await installedReleases(client, directory))
  return withShadow(client, say, async () => {
    const shadows = await createShadows(client, [table], files)
    say(`replaying the log for ${shadows.join(', ')}`)
    let position = await fillShadows(client, shadows)
    let mended = 0
    for (let round = 0; round < rounds; round += 1) {
      const seen = await noteDifferences(client, table, shadows, position)
      position = seen.position
      const { found } = seen
      if (found === 0) return mended
      say(`${found} rows of ${table} are not what the log says; mending them`)
      position = await mend(client, table, shadows, position)
      mended += found
    }
    throw new UpkeepError(`${table} was damaged again ${rounds} times while it was mended`)
  })
}

async function replayTail(
  client: ClientBase,
  shadows: readonly string[],
  after: string,
): Promise<string> {
  const head = await headPosition(client)
  for (const table of shadows) await replay(client, 'shadow', table, after, head)
  return head
}

/**
 * In one snapshot, without holding up anybody: brings the shadows up to it, and keeps the keys of
 * the rows that differ. Answers how many, and the position.
 */
async function noteDifferences(
  client: ClientBase,
  table: string,
  shadows: readonly string[],
  after: string,
): Promise<{ found: number; position: string }> {
  await client.query('drop table if exists shadow.differing')
  const query = await differenceQuery(client, table)
  const compare = async () => {
    const position = await replayTail(client, shadows, after)
    const { rowCount } = await client.query(`create table shadow.differing as ${query}`)
    return { found: rowCount ?? 0, position }
  }
  return transaction(client, compare, 'repeatable read')
}

/**
 * Under the append lock, where table and shadow are at one position: exchanges the rows that differ.
 * All are deleted before any is inserted, and in one statement, so that values which rows have
 * swapped do not meet and references to a row are checked when it is there again.
 */
async function mend(
  client: ClientBase,
  table: string,
  shadows: readonly string[],
  after: string,
): Promise<string> {
  const name = client.escapeIdentifier(table)
  const keys = (await keyColumns(client, table)).join(', ')
  return transaction(client, async () => {
    await client.query('select log.take_append_lock()')
    const position = await replayTail(client, shadows, after)
    await client.query(`
      with gone as (
        delete from read.${name} where (${keys}) in (select ${keys} from shadow.differing)
        returning 1
      )
      insert into read.${name}
      select * from shadow.${name}
      where (${keys}) in (select ${keys} from shadow.differing)
        and (select count(*) from gone) >= 0`)
    return position
  })
}
