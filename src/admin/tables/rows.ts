/**
 * Columns and rows of a read table for an operator.
 *
 * Read tables declare no personal columns. So only columns whose type cannot contain a text are shown without being
 * asked for: ids, numbers, times and the like. Columns with secrets are never read.
 */

import pg from 'pg'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { type ColumnType, readColumnTypes } from '../../platform/read-models/columns.ts'
import { findKeyColumns } from '../../platform/read-models/primary-keys.ts'
import type { RowsFound, RowsWanted } from '../../platform/read-models/replay/rows-as-of.ts'
import { isSecretColumn } from '../../platform/read-models/secret-columns.ts'

export interface Column {
  readonly name: string
  readonly type: string
  /** Whether its values are shown without being asked for. */
  readonly isPlain: boolean
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

/** The columns of its primary key. */
export async function readKey(on: Queryable, table: string): Promise<Column[]> {
  const { rows } = await on.query<ColumnType>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
     where i.indrelid = to_regclass(format('read.%I', $1::text)) and i.indisprimary`,
    [table],
  )
  return rows.map((column) => ({
    ...column,
    isPlain: isPlain(column.type) && !isSecretColumn(column),
  }))
}

export function namesOf(columns: readonly Column[]): string[] {
  return columns.map(({ name }) => name)
}

/** The columns in a response. */
export function toColumns(columns: readonly Column[], shown: boolean) {
  return columns.map(({ name, type, isPlain }) => ({ name, type, masked: !isPlain && !shown }))
}

/** A row in a response: null in the place of each value that is not shown. */
export function maskRow(
  columns: readonly Column[],
  row: readonly (string | null)[],
  shown: boolean,
): (string | null)[] {
  return row.map((value, n) => (shown || columns[n]?.isPlain ? value : null))
}

/** Rows as they are now, by primary key; those of a view by all columns. */
export async function readRows(
  on: Queryable,
  { table, columns, offset, limit }: Omit<RowsWanted, 'moment'>,
): Promise<RowsFound> {
  const names = columns.map(pg.escapeIdentifier)
  const keys = await findKeyColumns(on, table)
  const { rows } = await on.query<RowsFound>(
    `select (select coalesce(max(position), 0)::text from log.events) as position,
       coalesce((select jsonb_agg(r.values) from (
         select jsonb_build_array(${names.map((name) => `t.${name}::text`).join(', ')}) as values
         from read.${pg.escapeIdentifier(table)} t
         order by ${(keys.length > 0 ? keys : names).map((name) => `t.${name}`).join(', ')}
         offset $1 limit $2) r), '[]') as rows`,
    [offset, limit],
  )
  return rows[0] ?? { position: '0', rows: [] }
}
