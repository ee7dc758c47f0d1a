// A session that holds a lease as a worker does, and takes no task: the tasks of a test stay as they are.
import pg from 'pg'
import { leaseSpace } from '../../src/platform/read-models/advisory-locks.ts'
import type { Finishing } from './database.ts'

/** Returns a function that ends the session, which the end of the test does, too. */
export async function idleWorker(t: Finishing, databaseUrl: string): Promise<() => Promise<void>> {
  const name = 'epistle work, process 1'
  const client = new pg.Client({ connectionString: databaseUrl, application_name: name })
  client.on('error', () => undefined)
  await client.connect()
  let ended: Promise<void> | undefined
  const end = () => {
    ended ??= client.end()
    return ended
  }
  t.teardown(end)
  await client.query(
    `select pg_advisory_lock_shared(${leaseSpace}, id::int) from read.tables where name = 'users_2'`,
  )
  return end
}
