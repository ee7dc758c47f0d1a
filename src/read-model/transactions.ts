/**
 * Transactions of the engine, which runs beside writers who must hardly notice.
 *
 * Short, with a `lock_timeout` below `deadlock_timeout`, so that whenever two wait for each other
 * it is the engine that gives up, and retried after a random pause.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { type ClientBase, DatabaseError } from 'pg'

/** Runs `work` in a transaction; whatever it throws rolls everything back. */
export async function transaction<T>(
  client: ClientBase,
  work: () => Promise<T>,
  isolation: 'read committed' | 'repeatable read' = 'read committed',
): Promise<T> {
  await client.query(`begin isolation level ${isolation}`)
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // The first error is the one to tell; a broken connection has rolled back by itself.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Like `transaction`, but waits 50 ms at most for any lock and tries again, for a minute. */
export async function shortTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  const giveUp = Date.now() + 60_000
  for (;;) {
    try {
      return await transaction(client, async () => {
        await client.query(`set local lock_timeout = '50ms'`)
        return work()
      })
    } catch (error) {
      if (!isLockFailure(error) || Date.now() > giveUp) throw error
      await pause(20 + Math.random() * 200)
    }
  }
}

/** Lock not available (55P03) or deadlock detected (40P01). */
function isLockFailure(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === '55P03' || error.code === '40P01')
}
