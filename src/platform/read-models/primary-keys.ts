/**
 * Primary keys of read tables: verify and rebuild compare rows by them, and `epistle show` sorts by them.
 */

import type { ClientBase } from 'pg'
import type { Queryable } from '../postgres/prepared.ts'
import { MaintenanceError } from './errors.ts'

/** The columns of a read table's primary key, quoted; none for a view, which a demoted table is. */
export async function findKeyColumns(on: Queryable, table: string): Promise<string[]> {
  const { rows } = await on.query<{ name: string }>(
    `select quote_ident(a.attname) as name
     from pg_constraint k cross join unnest(k.conkey) with ordinality c (attnum, n)
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.attnum
     where k.conrelid = to_regclass(format('read.%I', $1::text)) and k.contype = 'p'
     order by c.n`,
    [table],
  )
  return rows.map(({ name }) => name)
}

/** The columns of a read table's primary key, quoted. Throws MaintenanceError where it has none. */
export async function keyColumns(client: ClientBase, table: string): Promise<string[]> {
  const names = await findKeyColumns(client, table)
  if (names.length > 0) return names
  throw new MaintenanceError(
    `${table} was altered or dropped by hand: it has no primary key to compare rows by, or is gone; ` +
      'run `epistle install`, which restores it',
  )
}

/** One line for each of the read tables in a schema that has no primary key. */
export async function missingKeys(
  client: ClientBase,
  schema: 'read' | 'shadow',
  tables: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($2::text[]) name
     where not exists (
       select from pg_constraint
       where conrelid = to_regclass(format('%I.%I', $1::text, name)) and contype = 'p')`,
    [schema, tables],
  )
  return rows.map(
    ({ name }) => `${name} has no primary key; verify and rebuild need one to compare rows`,
  )
}
