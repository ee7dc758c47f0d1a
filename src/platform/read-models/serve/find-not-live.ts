/** The read tables that a server must not read now: checked before it starts and by `/readyz`. */

import type { Pool } from 'pg'

/**
 * The read tables among those given that are neither live nor demoted, with their state; `gone` where the
 * database has no such table.
 */
export async function findNotLive(
  on: Pick<Pool, 'query'>,
  readTables: readonly string[],
): Promise<{ name: string; state: string }[]> {
  const { rows } = await on.query<{ name: string; state: string }>({
    name: 'findNotLive',
    text: `select wanted.name, coalesce(known.state, 'gone') as state
           from unnest($1::text[]) as wanted (name)
           left join read.tables as known using (name)
           where known.state is null or known.state not in ('live', 'demoted')
           order by wanted.name`,
    values: [readTables],
  })
  return rows
}
