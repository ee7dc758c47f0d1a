/** Columns of read tables and of the views that demoted ones are, as the catalogue has them. */

import type { Queryable } from '../postgres/prepared.ts'

export interface ColumnType {
  readonly name: string
  /** E.g. `uuid`, `timestamp with time zone`. */
  readonly type: string
}

/** The columns of a read table, in their order; none where it does not exist. */
export async function readColumnTypes(on: Queryable, table: string): Promise<ColumnType[]> {
  const { rows } = await on.query<ColumnType>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = to_regclass(format('read.%I', $1::text)) and attnum > 0 and not attisdropped
     order by attnum`,
    [table],
  )
  return rows
}
