// A pool under the service role, as servers have it, on a database with every release installed.
import pg from 'pg'
import type { Finishing } from '../database.ts'
import { installedDatabase } from '../installed.ts'

export interface Serving {
  readonly pool: pg.Pool
  /** The same database, for connections as its owner. */
  readonly url: string
}

export async function serving(t: Finishing): Promise<Serving> {
  const url = await installedDatabase(t)
  const pool = new pg.Pool({ connectionString: url, options: '-c role=epistle_service' })
  // end() does not wait until the connections are closed, so the database can be dropped earlier.
  pool.on('error', () => undefined)
  t.teardown(() => pool.end())
  return { pool, url }
}
