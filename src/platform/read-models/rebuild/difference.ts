/**
 * Difference: compares a live read table with its shadow, row by row, by the primary key.
 */

import type { ClientBase } from 'pg'
import { keyColumns } from '../primary-keys.ts'

export interface Difference {
  /** The primary key of the row, e.g. `{ id: '…' }`. */
  readonly key: Readonly<Record<string, unknown>>
  /** `missing`: only the shadow has the row; `extra`: only the table has it; `different`: both, but unequal. */
  readonly kind: 'missing' | 'extra' | 'different'
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

/** Returns how many rows differ, and at most `limit` of them. */
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
