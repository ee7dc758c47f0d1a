// A pool as the service has it, under the service role, on a database with every release installed.
import pg from 'pg'
import type { Finishing } from '../database.ts'
import { installedDatabase } from '../installed.ts'

export interface Serving {
  readonly pool: pg.Pool
  /** The same database, for what only its owner may do. */
  readonly url: string
}

export async function serving(t: Finishing): Promise<Serving> {
  const url = await installedDatabase(t)
  const pool = new pg.Pool({ connectionString: url, options: '-c role=epistle_service' })
  // end() does not wait until its connections are closed; dropping the database may be faster.
  pool.on('error', () => undefined)
  t.teardown(() => pool.end())
  return { pool, url }
}
