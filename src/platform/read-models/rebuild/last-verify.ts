/**
 * The last verify of each read table: when it ran and what it found. `epistle status`, the metrics and the console show
 * it, so an operator sees a verify that found differences, and one that no longer runs.
 */

import type { ClientBase } from 'pg'
import type { Queryable } from '../../postgres/prepared.ts'
import { relationExists } from '../tables.ts'
import { transaction } from '../transactions.ts'
import type { DifferingRow } from './difference.ts'

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
  /** Some of the rows that differ. */
  readonly rows: readonly DifferingRow[]
}

/** Records what a comparison of all rows of these tables found, in place of what earlier ones found. */
export async function recordVerify(client: ClientBase, found: readonly Found[]): Promise<void> {
  await transaction(client, async () => {
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
    await client.query('delete from work.differences where read_table = any ($1)', [
      found.map(({ table }) => table),
    ])
    for (const each of found) await recordRows(client, each)
  })
}

async function recordRows(client: ClientBase, { table, position, rows }: Found): Promise<void> {
  if (rows.length === 0) return
  await client.query(
    `insert into work.differences (read_table, position, n, kind, changed, expected, actual)
     select $1, $2, n, kind, array(select jsonb_array_elements_text(changed)), expected, actual
     from unnest($3::text[], $4::jsonb[], $5::jsonb[], $6::jsonb[])
       with ordinality as r (kind, changed, expected, actual, n)`,
    [
      ...[table, position, rows.map(({ kind }) => kind)],
      rows.map(({ changed }) => JSON.stringify(changed)),
      rows.map(({ expected }) => expected),
      rows.map(({ actual }) => actual),
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

export type Values = Readonly<Record<string, string | null>>

/** A row that differed, with each value as text. */
export interface RecordedDifference extends Pick<DifferingRow, 'kind' | 'changed'> {
  readonly expected: Values | null
  readonly actual: Values | null
}

/**
 * The rows that the last verify of a table found to differ, at most 100. None where an erasure has deleted them since,
 * where the last verify was that of older code, which records none, or where an older machinery is installed.
 */
export async function readRecordedDifferences(
  on: Queryable,
  table: string,
): Promise<RecordedDifference[]> {
  const { rows: found } = await on.query(
    `select to_regclass('work.differences') is not null as there`,
  )
  if (!found[0].there) return []
  const texts = (row: string) =>
    `(select jsonb_object_agg(key, value) from jsonb_each_text(${row}))`
  const { rows } = await on.query<RecordedDifference>(
    `select kind, changed, ${texts('expected')} as expected, ${texts('actual')} as actual
     from work.differences join work.verifications using (read_table, position)
     where read_table = $1 order by n`,
    [table],
  )
  return rows
}
