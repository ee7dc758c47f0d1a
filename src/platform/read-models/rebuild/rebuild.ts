/**
 * Rebuild: makes a damaged live read table what its events say, while everything runs.
 *
 * The difference is found against a shadow in a snapshot, without holding up anybody; then its rows are
 * exchanged, chunk by chunk (`mend.ts`). The table's identity, indexes, grants and the references to
 * it stay.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { projectionFiles } from '../releases/run-files.ts'
import { catchUp, createShadows, replayTail, withShadow } from '../replay/shadow.ts'
import { transaction } from '../transactions.ts'
import { differenceQuery, keyColumns } from './difference.ts'
import { replaceRows } from './replace-rows.ts'
import { chooseLive, installedReleases } from './verify.ts'

/** Rounds of mending; one is enough unless somebody damages the table meanwhile. */
const rounds = 5

/**
 * Mends one live read table; answers how many rows were not as they should be. Throws MaintenanceError
 * where another table must be replaced before.
 */
export async function rebuild(
  client: ClientBase,
  directory: string,
  table: string,
  say: (line: string) => void,
): Promise<number> {
  return withShadow(client, say, async () => {
    await chooseLive(client, [table])
    const files = projectionFiles(await installedReleases(client, directory))
    const shadows = await createShadows(client, [table], files)
    say(`replaying the log for ${shadows.join(', ')}`)
    let position = await catchUp(client, shadows)
    let replaced = 0
    for (let round = 0; round < rounds; round += 1) {
      const seen = await noteDifferences(client, table, shadows, position)
      if (seen.found === 0) return replaced
      say(`${seen.found} rows of ${table} are not what the log says; mending them`)
      const done = await replaceRows(client, table, shadows, seen.position)
      replaced += done.replaced
      position = done.position
    }
    throw new MaintenanceError(`${table} was damaged again ${rounds} times while it was replaced`)
  })
}

/**
 * In one snapshot, without holding up anybody: brings the shadows up to it, and keeps the keys of
 * the rows that differ, numbered. Answers how many, and the position.
 */
async function noteDifferences(
  client: ClientBase,
  table: string,
  shadows: readonly string[],
  after: string,
): Promise<{ found: number; position: string }> {
  await client.query('drop table if exists shadow.differing')
  const query = await differenceQuery(client, table)
  const keys = (await keyColumns(client, table)).join(', ')
  const note = async () => {
    const position = await replayTail(client, shadows, after)
    const { rowCount } = await client.query(
      `create table shadow.differing as
       select d.*, row_number() over (order by ${keys}) as n from (${query}) d`,
    )
    await client.query('create index on shadow.differing (n)')
    return { found: rowCount ?? 0, position }
  }
  return transaction(client, note, 'repeatable read')
}
