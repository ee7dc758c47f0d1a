/**
 * Rows of a read table for an operator: as they are now, or as of an earlier moment.
 *
 * Read tables declare no personal columns. So only columns whose type cannot contain a text are shown without being
 * asked for: ids, numbers, times and the like. Columns with secrets are never read.
 */

import pg, { type ClientBase } from 'pg'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { openSession, type Session } from '../../platform/postgres/session.ts'
import { readColumnTypes } from '../../platform/read-models/columns.ts'
import { findKeyColumns } from '../../platform/read-models/primary-keys.ts'
import { dbDirectory } from '../../platform/read-models/releases/releases.ts'
import { type Moment, withTableAsOf } from '../../platform/read-models/replay/table-as-of.ts'
import { isSecretColumn } from '../../platform/read-models/secret-columns.ts'

export interface Column {
  readonly name: string
  readonly type: string
  /** Whether its values are shown without being asked for. */
  readonly isPlain: boolean
}

export interface RowsPage {
  readonly table: string
  readonly offset: number
  /** One more than the page shows. */
  readonly fetch: number
}

export interface Rows {
  /** The position of the log that the rows show. */
  readonly position: string
  /** Each column as text, in the order of the columns. */
  readonly rows: readonly (readonly (string | null)[])[]
}

const plainTypes =
  /^(?:uuid|boolean|smallint|integer|bigint|numeric|real|double precision|date|timestamp.*)$/

/** Whether no value of a type can contain a text. */
export function isPlain(type: string): boolean {
  return plainTypes.test(type)
}

/** The columns of a read table, without secrets. */
export async function readColumns(on: Queryable, table: string): Promise<Column[]> {
  const columns = await readColumnTypes(on, table)
  return columns
    .filter((column) => !isSecretColumn(column))
    .map((column) => ({ ...column, isPlain: isPlain(column.type) }))
}

/** The rows of a page as they are now, by primary key; those of a view by all columns. */
export async function readRows(
  on: Queryable,
  columns: readonly Column[],
  { table, offset, fetch }: RowsPage,
): Promise<Rows> {
  const names = columns.map(({ name }) => pg.escapeIdentifier(name))
  const keys = await findKeyColumns(on, table)
  const { rows } = await on.query<Rows>(
    `select (select coalesce(max(position), 0)::text from log.events) as position,
       coalesce((select jsonb_agg(r.values) from (
         select jsonb_build_array(${names.map((name) => `t.${name}::text`).join(', ')}) as values
         from read.${pg.escapeIdentifier(table)} t
         order by ${(keys.length > 0 ? keys : names).map((name) => `t.${name}`).join(', ')}
         offset $1 limit $2) r), '[]') as rows`,
    [offset, fetch],
  )
  return rows[0] ?? { position: '0', rows: [] }
}

/** A replay of a large log takes minutes. An operator who looks at a page does not wait longer. */
const replaySession: Session = { statementTimeout: '60s', idleInTransactionTimeout: '60s' }

/** The rows of a page as of a moment, from a replay of the log. Throws MaintenanceError. */
export async function readRowsAsOf(
  ownerUrl: string,
  columns: readonly Column[],
  page: RowsPage,
  moment: Moment,
): Promise<Rows> {
  const client = await openSession(ownerUrl, replaySession, {
    application_name: 'epistle admin',
    connectionTimeoutMillis: 5_000,
  })
  try {
    return await replayed(client, columns, page, moment)
  } finally {
    await client.end()
  }
}

async function replayed(
  client: ClientBase,
  columns: readonly Column[],
  { table, offset, fetch }: RowsPage,
  moment: Moment,
): Promise<Rows> {
  const ignore = () => undefined
  return withTableAsOf(client, dbDirectory, { table, moment }, ignore, async (found) => {
    const places = columns.map(({ name }) => found.columns.indexOf(name))
    const wanted: (string | null)[][] = []
    let seen = 0
    for await (const some of found.rows) {
      for (const row of some) {
        if (seen >= offset) wanted.push(places.map((place) => row[place] ?? null))
        seen += 1
        if (wanted.length === fetch) return { position: found.position, rows: wanted }
      }
    }
    return { position: found.position, rows: wanted }
  })
}
