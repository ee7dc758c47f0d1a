/**
 * A read table as of a moment: the log up to that moment, replayed into a shadow by the table's present
 * projections. Nothing live is changed, and writers go on.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from '../errors.ts'
import { keyColumns } from '../primary-keys.ts'
import { installedReleases } from '../releases/released-files.ts'
import { projectionFiles } from '../releases/releases.ts'
import { chooseLive } from '../tables.ts'
import { transaction } from '../transactions.ts'
import { headPosition } from './replay.ts'
import { createShadows, replayUpTo, withShadow } from './shadow.ts'

/** A position of the log, or a time, which includes all events of its millisecond. */
export type Moment = { readonly position: string } | { readonly instant: Date }

export interface TableAsOf {
  readonly table: string
  /** The last position that the rows include. */
  readonly position: string
  readonly columns: readonly string[]
  /** All rows in the order of the primary key, in pieces of at most 1,000. */
  readonly rows: AsyncIterable<readonly Row[]>
}

/** Each column as text, in the order of the columns. */
export type Row = readonly (string | null)[]

/** Rows fetched at a time, so that a table larger than the memory can be printed. */
const fetchSize = 1_000

/**
 * Replays a live read table up to a moment and passes it to `use`; afterwards the copy is removed. Throws
 * MaintenanceError where the table is not live, or the moment is still to come.
 */
export async function withTableAsOf<T>(
  client: ClientBase,
  directory: string,
  { table, moment }: { readonly table: string; readonly moment: Moment },
  say: (line: string) => void,
  use: (found: TableAsOf) => Promise<T>,
): Promise<T> {
  await chooseLive(client, [table])
  const files = projectionFiles(await installedReleases(client, directory))
  const position = await positionOf(client, moment)
  return withShadow(client, say, async () => {
    const shadows = await createShadows(client, [table], files)
    say(`replaying the log for ${shadows.join(', ')} up to position ${position}`)
    await replayUpTo(client, shadows, position)
    return transaction(client, async () => {
      // Times are printed in UTC, whatever time zone the session has.
      await client.query(`set local time zone 'UTC'`)
      const columns = await openRows(client, table)
      return use({ table, position, columns, rows: fetchRows(client) })
    })
  })
}

/**
 * The last position at a moment; "0" before the first event. Throws MaintenanceError where the moment is
 * still to come.
 */
export async function positionOf(client: ClientBase, moment: Moment): Promise<string> {
  const head = await headPosition(client)
  if ('position' in moment) {
    if (BigInt(moment.position) <= BigInt(head)) return moment.position
    throw new MaintenanceError(
      `position ${moment.position} does not exist yet (the log is at ${head})`,
    )
  }
  const { rows } = await client.query<{ position: string; due: boolean }>(
    `select $1::timestamptz > clock_timestamp() as due, coalesce((
       select position from log.events
       where recorded_at < date_trunc('milliseconds', $1::timestamptz) + interval '1 millisecond'
       order by position desc limit 1), 0)::text as position`,
    [moment.instant],
  )
  if (rows[0]?.due) {
    const time = moment.instant.toISOString()
    throw new MaintenanceError(`${time} is in the future; use a time that has passed`)
  }
  return rows[0]?.position ?? '0'
}

/** Opens a cursor on all rows; returns the names of their columns. */
async function openRows(client: ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = to_regclass(format('shadow.%I', $1::text)) and attnum > 0 and not attisdropped
     order by attnum`,
    [table],
  )
  const names = rows.map(({ name }) => name)
  const columns = names.map((name) => `${client.escapeIdentifier(name)}::text`)
  const keys = (await keyColumns(client, table)).map((key) => `r.${key}`)
  await client.query(
    `declare rows_as_of no scroll cursor for
     select array[${columns.join(', ')}] as row
     from shadow.${client.escapeIdentifier(table)} r order by ${keys.join(', ')}`,
  )
  return names
}

async function* fetchRows(client: ClientBase): AsyncGenerator<readonly Row[]> {
  for (;;) {
    const { rows } = await client.query<{ row: Row }>(`fetch ${fetchSize} from rows_as_of`)
    if (rows.length === 0) return
    yield rows.map(({ row }) => row)
  }
}
