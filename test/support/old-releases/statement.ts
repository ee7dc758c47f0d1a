// Prepared statements as the code of a release sends them, and the connections of its servers.
import pg from 'pg'
import type { Finishing } from '../database.ts'

export interface Statement {
  readonly name: string
  readonly text: string
}

/** Runs a statement of a release's code; returns its rows. */
export async function run(
  on: pg.Pool,
  statement: Statement,
  values: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  const { rows } = await on.query({ ...statement, values: [...values] })
  return rows
}

/** The connections of two servers of one release, under a role; closed when the test ends. */
export function servers(t: Finishing, url: string, role?: string): pg.Pool {
  const options = role ? { options: `-c role=${role}` } : {}
  const pool = new pg.Pool({ connectionString: url, max: 2, ...options })
  // end() does not wait until its connections are closed; dropping the database may be faster.
  pool.on('error', () => undefined)
  t.teardown(() => pool.end())
  return pool
}
