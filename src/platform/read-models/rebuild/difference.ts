/**
 * Difference: a live read table and its shadow, compared row by row over the primary key.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from '../errors.ts'

export interface Difference {
  /** The primary key of the row, e.g. `{ id: '…' }`. */
  readonly key: Readonly<Record<string, unknown>>
  /** `missing`: only the log has it; `extra`: only the table has it; `different`: not as it should be. */
  readonly kind: 'missing' | 'extra' | 'different'
}

/** The columns of a read table's primary key, quoted. Throws MaintenanceError where it has none. */
export async function keyColumns(client: ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(a.attname) as name
     from pg_constraint k cross join unnest(k.conkey) with ordinality c (attnum, n)
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.attnum
     where k.conrelid = to_regclass(format('read.%I', $1::text)) and k.contype = 'p'
     order by c.n`,
    [table],
  )
  if (rows.length > 0) return rows.map(({ name }) => name)
  throw new MaintenanceError(
    `${table} has no primary key to compare rows by, or is gone: somebody altered or dropped it by ` +
      `hand; put it back, or run \`epistle retire ${table}\`, and install again where it is needed`,
  )
}

/** Which of the read tables in a schema have no primary key to compare rows by. */
export async function keyFaults(
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
    ({ name }) => `${name} has no primary key, by which verify and rebuild tell its rows apart`,
  )
}

/** The query that yields key and kind of every row that differs, key columns first. */
export async function differenceQuery(client: ClientBase, table: string): Promise<string> {
  const keys = await keyColumns(client, table)
  const name = client.escapeIdentifier(table)
  const first = keys[0]
  return `
    select ${keys.join(', ')},
      case when live.${first} is null then 'missing'
        when shadow.${first} is null then 'extra' else 'different' end as kind
    from read.${name} live full join shadow.${name} shadow using (${keys.join(', ')})
    where row(live.*) is distinct from row(shadow.*)`
}

/** How many rows differ, and the first of them. */
export async function readDifferences(
  client: ClientBase,
  table: string,
  limit: number,
): Promise<{ count: number; rows: Difference[] }> {
  const query = await differenceQuery(client, table)
  const { rows } = await client.query<Difference & { count: number }>(
    `with differing as materialized (${query})
     select to_jsonb(d) - 'kind' as key, d.kind, (select count(*)::int from differing) as count
     from differing d limit $1`,
    [limit],
  )
  return { count: rows[0]?.count ?? 0, rows: rows.map(({ key, kind }) => ({ key, kind })) }
}
