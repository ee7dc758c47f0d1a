/**
 * Transactions of the engine, which runs beside writers who must hardly notice.
 *
 * Short, with a `lock_timeout` below `deadlock_timeout`, so that whenever two wait for each other
 * it is the engine that gives up, and retried after a random pause.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { type ClientBase, DatabaseError } from 'pg'
import { tableHolders } from './serve/holders.ts'

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

/**
 * Like `transaction`, but the commit does not wait for the disk, nor make others wait for what it has
 * to flush. A crash of the database may forget it, whole; so only for what is then done again.
 */
export async function forgettableTransaction<T>(
  client: ClientBase,
  work: () => Promise<T>,
): Promise<T> {
  return transaction(client, async () => {
    await client.query('set local synchronous_commit = off')
    return work()
  })
}

/**
 * What we lock may keep every writer waiting. Should this process be stopped, or its machine vanish, with
 * a transaction open, the database ends it, after as long as whoever holds the append lock has.
 */
const notForEver = `set local idle_in_transaction_session_timeout = '5s'`

/** How long a lock is waited for: enough where nobody waits for his turn to append. */
const shortestMs = 50
/** Half of `deadlock_timeout`: it is always the engine that gives up. */
const longestMs = 500

/**
 * Like `transaction`, but waits for any lock no longer than who appends waits for his turn, or 50 ms,
 * and tries again, for a minute. Throws LockError.
 *
 * Who waits to append holds his table until it is his turn: behind many, 50 ms are never enough. And as
 * long as we wait, others wait behind us; so not longer than they would wait without us.
 */
export async function shortTransaction<T>(
  client: ClientBase,
  work: () => Promise<T>,
  patienceMs = 60_000,
): Promise<T> {
  const giveUp = Date.now() + patienceMs
  for (let wait = shortestMs; ; wait = Math.max(shortestMs, 2 * (await awaitTurn(client)))) {
    try {
      return await transaction(client, async () => {
        const timeout = Math.min(longestMs, Math.ceil(wait))
        await client.query(`set local lock_timeout = ${timeout}; ${notForEver}`)
        return work()
      })
    } catch (error) {
      if (!isLockFailure(error)) throw error
      if (Date.now() > giveUp) throw new LockError(error, patienceMs, await tableHolders(client))
      await pause(20 + Math.random() * 200)
    }
  }
}

/** Waits for a turn to append, and lets it pass; answers how long that took, in ms. */
async function awaitTurn(client: ClientBase): Promise<number> {
  const began = performance.now()
  await transaction(client, async () => {
    await client.query(`set local lock_timeout = ${longestMs}; ${notForEver}`)
    await client.query('select pg_advisory_xact_lock(17744, 0)')
  }).catch((error: unknown) => {
    if (!isLockFailure(error)) throw error
  })
  return performance.now() - began
}

/**
 * A `shortTransaction` under the append lock, which it takes in its turn, within a minute: to wait for
 * it holds up nobody, and behind many writers takes longer than 50 ms. From then on every writer waits
 * for us, so no other lock is waited for longer than 10 ms, enough for most of those who just read.
 */
export async function underAppendLock<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  return shortTransaction(client, async () => {
    await client.query(`set local lock_timeout = '60s'`)
    await client.query('select log.take_append_lock()')
    await client.query(`set local lock_timeout = '10ms'`)
    return work()
  })
}

/** A lock could not be had; nothing was done, and what was done before can go on. */
export class LockError extends Error {
  override readonly name = 'LockError'
  readonly code = 'locked'

  constructor(cause: Error, patienceMs: number, holders: readonly string[]) {
    const who = holders.length > 0 ? holders.join('; ') : 'nobody any more'
    super(
      `for ${patienceMs / 1000} s somebody held a lock that is needed (${cause.message}); of those who ` +
        `are in a transaction with tables of log or read, the longest: ${who}. End it or wait for its ` +
        'end, and run the command again: it goes on where it was',
      { cause },
    )
  }
}

/** Lock not available (55P03) or deadlock detected (40P01). */
function isLockFailure(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && (error.code === '55P03' || error.code === '40P01')
}
