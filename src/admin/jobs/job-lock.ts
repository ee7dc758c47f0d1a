/**
 * The lock by which a job is known to live: the session of its own connection holds it. So it ends with the job's
 * server, however that ends, and no clock decides whether a job is lost.
 */

import type { ClientBase } from 'pg'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { jobSpace } from '../../platform/read-models/advisory-locks.ts'

/** Ids are counted from 1, so two jobs that run at once have different keys. */
const keyOf = (id: string) => Number(BigInt(id) % 2_147_483_647n)

/** Takes the lock, until the session ends. */
export async function takeJobLock(client: ClientBase, id: string): Promise<void> {
  await client.query(`select pg_advisory_lock(${jobSpace}, $1)`, [keyOf(id)])
}

/** Whether a job of this id holds its lock. */
export async function livingJobs(on: Queryable): Promise<(id: string) => boolean> {
  const { rows } = await on.query<{ key: string }>(
    `select objid::bigint as key from pg_locks
     where locktype = 'advisory' and classid = ${jobSpace} and objsubid = 2 and granted
       and database = (select oid from pg_database where datname = current_database())`,
  )
  const keys = new Set(rows.map(({ key }) => Number(key)))
  return (id) => keys.has(keyOf(id))
}
