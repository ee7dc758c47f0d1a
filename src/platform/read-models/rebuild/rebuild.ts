/**
 * Rebuild: makes a damaged live read table equal to its replay, while everything runs.
 *
 * It finds the difference between the table and a shadow in one snapshot, which blocks no other session.
 * Then `replace-rows.ts` replaces those rows, chunk by chunk. The table itself, its indexes, its grants
 * and the references to it stay.
 */

import type { ClientBase } from 'pg'
import { counted } from '../../counted.ts'
import { MaintenanceError } from '../errors.ts'
import { keyColumns } from '../primary-keys.ts'
import { installedReleases, refuseNewerReleases } from '../releases/released-files.ts'
import { replayTail, withShadow } from '../replay/shadow.ts'
import { chooseLive } from '../tables.ts'
import { transaction } from '../transactions.ts'
import { differenceQuery } from './difference.ts'
import { type Copy, keepCopy } from './kept-copy.ts'
import { recordVerify } from './last-verify.ts'
import { replaceRows } from './replace-rows.ts'
import { type CopyOptions, replayShadows } from './replayed-shadows.ts'
import { unwatched, type Watch } from './watch.ts'

/** Rounds of replacing rows; one is enough unless the table is damaged meanwhile. */
const rounds = 5

/**
 * Rebuilds one live read table; returns how many rows were replaced. Throws MaintenanceError where the
 * table is not live, or where references require that another table is rebuilt first.
 */
export async function rebuild(
  client: ClientBase,
  directory: string,
  table: string,
  say: (line: string) => void,
  { sinceLast = false, keep = sinceLast, watch = unwatched }: CopyOptions = {},
): Promise<number> {
  const work = async () => {
    await chooseLive(client, [table])
    const releases = await installedReleases(client, directory)
    const how = { sinceLast, keep, followed: true, watch }
    const { shadows, position } = await replayShadows(client, releases, [table], how, say)
    const done = await replaceAll(client, table, { tables: shadows, position }, { say, watch })
    await recordVerify(client, [{ table, position: done.position, differences: 0, rows: [] }])
    if (keep) await keepCopy(client, releases, { tables: shadows, position: done.position })
    await watch.endReplacing()
    return done.replaced
  }
  await refuseNewerReleases(client, directory)
  return withShadow(client, say, work, { checksLog: false })
}

/** Replaces rows until none differ; returns how many it replaced, and the position of the shadows. */
async function replaceAll(
  client: ClientBase,
  table: string,
  copy: Copy,
  { say, watch }: { readonly say: (line: string) => void; readonly watch: Watch },
): Promise<{ replaced: number; position: string }> {
  let { position } = copy
  let replaced = 0
  for (let round = 0; round < rounds; round += 1) {
    const seen = await noteDifferences(client, table, copy.tables, position)
    if (seen.found === 0) {
      await client.query('drop table shadow.differing')
      return { replaced, position: seen.position }
    }
    await watch.beginReplacing()
    const [differ, them] = seen.found === 1 ? ['differs', 'it'] : ['differ', 'them']
    say(`${counted(seen.found, 'row')} of ${table} ${differ} from the log; replacing ${them}`)
    const done = await replaceRows(client, table, { ...copy, position: seen.position }, watch)
    replaced += done.replaced
    position = done.position
  }
  throw new MaintenanceError(
    `${table} was damaged again in each of ${rounds} rounds; find the session that changes it, and ` +
      'rebuild it again',
  )
}

/**
 * Replays the tail into the shadows and stores the numbered keys of the rows that differ in
 * `shadow.differing`, in one snapshot. Returns how many rows differ, and the position of the snapshot.
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
