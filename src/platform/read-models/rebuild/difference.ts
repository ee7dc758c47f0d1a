/**
 * Difference: compares a live read table with its shadow, row by row, by the primary key.
 */

import type { ClientBase } from 'pg'
import { readColumnTypes } from '../columns.ts'
import { keyColumns } from '../primary-keys.ts'
import { isSecretColumn } from '../secret-columns.ts'

export interface Difference {
  /** The primary key of the row, e.g. `{ id: '…' }`. */
  readonly key: Readonly<Record<string, unknown>>
  /** `missing`: only the shadow has the row; `extra`: only the table has it; `different`: both, but unequal. */
  readonly kind: 'missing' | 'extra' | 'different'
}

/** A row that differs, with its values. They are JSON as text, in which no number is rounded, without secrets. */
export interface DifferingRow extends Difference {
  /** The columns whose values differ, secret ones included; none where one side has no such row. */
  readonly changed: readonly string[]
  /** The row of the shadow; null where it has none. */
  readonly expected: string | null
  /** The row of the table; null where it has none. */
  readonly actual: string | null
}

/** The query for key and kind of every row that differs, key columns first. */
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

/** Returns how many rows differ, and at most `limit` of them, by their keys. */
export async function readDifferences(
  client: ClientBase,
  table: string,
  limit: number,
): Promise<{ count: number; rows: DifferingRow[] }> {
  const query = await differenceQuery(client, table)
  const keys = (await keyColumns(client, table)).join(', ')
  const name = client.escapeIdentifier(table)
  const secrets = (await readColumnTypes(client, table)).filter(isSecretColumn)
  const { rows } = await client.query<DifferingRow & { count: number }>(
    `with differing as materialized (${query}),
       first as (select * from differing order by ${keys} limit $1)
     select to_jsonb(d) - 'kind' as key, d.kind, (select count(*)::int from differing) as count,
       array(select key from jsonb_each(to_jsonb(shadow))
         where d.kind = 'different' and value is distinct from to_jsonb(live) -> key) as changed,
       (to_jsonb(shadow) - $2::text[])::text as expected, (to_jsonb(live) - $2::text[])::text as actual
     from first d
     left join shadow.${name} shadow using (${keys})
     left join read.${name} live using (${keys})
     order by ${keys}`,
    [limit, secrets.map(({ name }) => name)],
  )
  return { count: rows[0]?.count ?? 0, rows: rows.map(({ count: _, ...row }) => row) }
}
