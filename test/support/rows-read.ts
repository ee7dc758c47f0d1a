// How many rows PostgreSQL has read so far, of each table that grows with the log and along each of its indexes.
import type { ClientBase } from 'pg'

/** By name of a table or index. */
export type RowsRead = ReadonlyMap<string, number>

type Schemas = readonly ('log' | 'read')[]
type Sessions = readonly [ClientBase, ...ClientBase[]]

const ofTables = `
  select relname::text as name, seq_tup_read::float8 as read from pg_stat_user_tables
  where schemaname = any ($1) and relname not in ('tables', 'event_types')`
const ofIndexes = `
  select indexrelname, idx_tup_read::float8 from pg_stat_user_indexes where schemaname = any ($1)`

/** The rows of tables that were read whole. Includes what these sessions have counted and not yet published. */
export function readWhole(schemas: Schemas, ...sessions: Sessions): Promise<RowsRead> {
  return count(ofTables, schemas, sessions)
}

/** The same, and the rows that were read along indexes. */
export function readInAll(schemas: Schemas, ...sessions: Sessions): Promise<RowsRead> {
  return count(`${ofTables} union all ${ofIndexes}`, schemas, sessions)
}

/** The tables and indexes of which more rows than so many were read in between. */
export function readMoreThan(rows: number, before: RowsRead, after: RowsRead): string[] {
  return [...after.keys()].filter((name) => (after.get(name) ?? 0) - (before.get(name) ?? 0) > rows)
}

async function count(sql: string, schemas: Schemas, sessions: Sessions): Promise<RowsRead> {
  for (const session of sessions) await session.query('select pg_stat_force_next_flush()')
  const { rows } = await sessions[0].query<{ name: string; read: number }>(sql, [schemas])
  return new Map(rows.map(({ name, read }) => [name, read]))
}
