/**
 * The last verify of each read table: when it ran and what it found. `epistle status` and the metrics show it, so an
 * operator sees a verify that found differences, and one that no longer runs.
 */

import type { ClientBase } from 'pg'
import { relationExists } from '../tables.ts'

export interface LastVerify {
  readonly at: Date
  /** The position at which the table was compared with the log, decimal. */
  readonly position: string
  /** How many rows differed. */
  readonly differences: number
}

interface Found {
  readonly table: string
  readonly position: string
  readonly differences: number
}

/** Records what a comparison of all rows of these tables found. */
export async function recordVerify(client: ClientBase, found: readonly Found[]): Promise<void> {
  await client.query(
    `insert into work.verifications (read_table, position, differences)
     select * from unnest($1::text[], $2::bigint[], $3::bigint[])
     on conflict (read_table) do update set
       position = excluded.position,
       differences = excluded.differences,
       verified_at = excluded.verified_at`,
    [
      found.map(({ table }) => table),
      found.map(({ position }) => position),
      found.map(({ differences }) => differences),
    ],
  )
}

/** The last verify of each read table that has one; none where an older machinery is installed. */
export async function lastVerifies(client: ClientBase): Promise<ReadonlyMap<string, LastVerify>> {
  if (!(await relationExists(client, 'work.verifications'))) return new Map()
  const { rows } = await client.query<LastVerify & { table: string }>(
    `select read_table as table, verified_at as at, position::text, differences::float8
     from work.verifications`,
  )
  return new Map(rows.map(({ table, ...last }) => [table, last]))
}
