/**
 * Transactions of the engine, which runs beside writers and must hardly slow them down.
 *
 * They are short, with a `lock_timeout` below `deadlock_timeout`: when the engine and a writer wait for
 * each other, the engine gives up. It retries after a random pause.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { type ClientBase, DatabaseError } from 'pg'
import { appendLock } from './advisory-locks.ts'
import { tableHolders } from './lock-holders.ts'

/** Runs `work` in a transaction; an error of `work` rolls everything back and is rethrown. */
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
    // The first error is the one to report; a broken connection has rolled back by itself.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * Like `transaction`, but the commit does not wait for the disk, and no other commit has to wait while
 * it is flushed. A crash of the database can lose the whole transaction, so use it only for work that
 * is then done again.
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
 * The engine's locks can block every writer. If this process is stopped, or its machine is lost, with a
 * transaction open, the database ends that transaction after 5 s: as long as any session may hold the
 * append lock idle.
 */
const idleLimit = `set local idle_in_transaction_session_timeout = '5s'`

/** How long to wait for a lock, ms: enough where no session is waiting for its turn to append. */
const shortestMs = 50
/** Half of `deadlock_timeout`, so that the engine always gives up first. */
const longestMs = 500

/**
 * Like `transaction`, but waits for a lock at most 50 ms at first. It retries with twice the time that a
 * writer waits for its turn to append, between 50 and 500 ms. After `patienceMs` it throws LockError.
 *
 * A writer that waits for its turn already holds its event table, so behind many writers 50 ms are never
 * enough. While the engine waits for a table, other sessions queue behind it, so it must not wait longer
 * than they would wait without it.
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
        await client.query(`set local lock_timeout = ${timeout}; ${idleLimit}`)
        return work()
      })
    } catch (error) {
      if (!isLockFailure(error)) throw error
      if (Date.now() > giveUp) throw new LockError(error, patienceMs, await tableHolders(client))
      await pause(20 + Math.random() * 200)
    }
  }
}

/** Waits for a turn to append and releases it at once; returns how long that took, ms. */
async function awaitTurn(client: ClientBase): Promise<number> {
  const began = performance.now()
  await transaction(client, async () => {
    await client.query(`set local lock_timeout = ${longestMs}; ${idleLimit}`)
    // Not log.take_append_lock(): it does not exist yet while the machinery is first installed.
    await client.query(`select pg_advisory_xact_lock(${appendLock})`)
  }).catch((error: unknown) => {
    if (!isLockFailure(error)) throw error
  })
  return performance.now() - began
}

/**
 * A `shortTransaction` under the append lock, which it takes in its turn, within a minute: waiting for
 * that lock delays no writer, and behind many writers it takes longer than 50 ms. Once it has the lock
 * every writer waits, so it waits for any other lock at most 10 ms, enough for most readers to finish.
 */
export async function underAppendLock<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  return shortTransaction(client, async () => {
    await client.query(`set local lock_timeout = '60s'`)
    await client.query('select log.take_append_lock()')
    await client.query(`set local lock_timeout = '10ms'`)
    return work()
  })
}

/** A lock was not available in time. The transaction did nothing; a later run can continue. */
export class LockError extends Error {
  override readonly name = 'LockError'
  readonly code = 'locked'

  constructor(cause: Error, patienceMs: number, holders: readonly string[]) {
    const sessions = holders.length > 0 ? holders.join('; ') : 'none any longer'
    super(
      `other sessions held a needed lock for ${patienceMs / 1000} s (${cause.message}). Sessions in a ` +
        `transaction on tables of log or read, the oldest first: ${sessions}. Wait for them or end them, ` +
        'then run the command again: it continues where it stopped',
      { cause },
    )
  }
}

/** Lock not available (55P03) or deadlock detected (40P01). */
function isLockFailure(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && (error.code === '55P03' || error.code === '40P01')
}
