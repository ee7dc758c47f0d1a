/**
 * Transactions of the engine, which runs beside writers and must hardly slow them down.
 *
 * A lock that others wait for is taken last: it, the work that needs it and the commit are one round trip.
 * Its `lock_timeout` is below `deadlock_timeout`, so when the engine and a writer wait for each other, the
 * engine gives up. It retries after a random pause.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { type ClientBase, DatabaseError, type QueryResult } from 'pg'
import { appendLock } from './advisory-locks.ts'
import { tableHolders } from './lock-holders.ts'

/** Runs `work` in a transaction; an error of `work` rolls everything back and is rethrown. */
export async function transaction<T>(
  client: ClientBase,
  work: () => Promise<T>,
  isolation: 'read committed' | 'repeatable read' = 'read committed',
): Promise<T> {
  await client.query(`begin isolation level ${isolation}`)
  return rollingBack(client, async () => {
    const result = await work()
    await client.query('commit')
    return result
  })
}

async function rollingBack<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
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

/** Stands on a line of its own between the statements of one round trip. */
export const statementSeparator = '\n;\n'

/**
 * Runs statements as one transaction in one round trip, so that no lock waits for the network or this
 * process. Returns the result of each.
 */
export async function oneRoundTrip(
  client: ClientBase,
  statements: readonly string[],
): Promise<QueryResult[]> {
  const all = ['begin isolation level read committed', ...statements, 'commit']
  const results = await rollingBack(client, () => client.query(all.join(statementSeparator)))
  return (results as unknown as QueryResult[]).slice(1, -1)
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

/** How a short transaction ends: statements with locks that others wait for. */
export interface Ending {
  readonly statements: readonly string[]
  /** The tables that the statements lock so strongly that a vacuum excludes it; quoted, with their schema. */
  readonly tables?: readonly string[]
  /**
   * Whether the statements run under the append lock. Waiting for it delays no writer, so it is waited for
   * up to a minute. Once it is held every writer waits, so any other lock is waited for at most 10 ms,
   * enough for most readers to finish.
   */
  readonly underAppendLock?: boolean
}

/** How long a short transaction retries, and where it reports what it waits for. */
export interface Patience {
  readonly patienceMs?: number
  readonly say?: (line: string) => void
}

/** After how long a wait is reported, ms. Shorter ones are usual beside writers. */
const silentMs = 1_000

/**
 * Runs `prepare` and then the ending that it returns, in one transaction. `prepare` takes no lock that a
 * reader or writer waits for. The statements and the commit are one round trip. Returns the result of
 * each statement.
 *
 * It waits for a lock at most 50 ms at first. It retries with twice the time that a writer waits for its
 * turn to append, between 50 and 500 ms. After `patienceMs` it throws LockError. A writer that waits for
 * its turn already holds its event table, so behind many writers 50 ms are never enough. While the engine
 * waits for a table, other sessions queue behind it, so it must not wait longer than they would wait
 * without it.
 */
export async function shortTransaction(
  client: ClientBase,
  prepare: () => Promise<Ending>,
  { patienceMs = 60_000, say }: Patience = {},
): Promise<QueryResult[]> {
  const giveUp = Date.now() + patienceMs
  let report = say
  for (let wait = shortestMs; ; wait = Math.max(shortestMs, 2 * (await awaitTurn(client)))) {
    try {
      const timeout = `set local lock_timeout = ${Math.min(longestMs, Math.ceil(wait))}`
      await client.query(`begin isolation level read committed; ${timeout}; ${idleLimit}`)
      return await rollingBack(client, async () => end(client, await prepare(), timeout))
    } catch (error) {
      if (!isLockFailure(error)) throw error
      const holders = async () => describe(await tableHolders(client))
      if (Date.now() > giveUp) throw new LockError(error, patienceMs, await holders())
      if (report && giveUp - Date.now() < patienceMs - silentMs) {
        report(`waiting up to ${patienceMs / 1000} s for a lock. ${await holders()}`)
        report = undefined
      }
      await pause(20 + Math.random() * 200)
    }
  }
}

async function end(
  client: ClientBase,
  { statements, tables = [], underAppendLock = false }: Ending,
  timeout: string,
): Promise<QueryResult[]> {
  await lockOutVacuum(client, tables)
  const before = underAppendLock
    ? [
        `set local lock_timeout = '60s'`,
        'select log.take_append_lock()',
        `set local lock_timeout = '10ms'`,
      ]
    : [timeout]
  const all = [...before, ...statements, 'commit'].join(statementSeparator)
  const results = (await client.query(all)) as unknown as QueryResult[]
  return results.slice(before.length, -1)
}

/**
 * Locks tables against vacuum, analyze and changes of their shape, until the transaction ends; neither
 * readers nor writers notice. Autovacuum gives way only to a session that has waited for it longer than
 * `deadlock_timeout`, so this waits longer, where a lock that writers queue behind may not. The exception
 * is an autovacuum that prevents wraparound, which never gives way.
 */
export async function lockOutVacuum(client: ClientBase, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return
  const { rows } = await client.query<{ before: string }>(
    `select current_setting('lock_timeout') as before, set_config('lock_timeout', (
       select (setting::int + 1000)::text from pg_settings where name = 'deadlock_timeout'), true)`,
  )
  await client.query(`lock table ${tables.join(', ')} in share update exclusive mode`)
  await client.query(`select set_config('lock_timeout', $1, true)`, [rows[0]?.before])
}

/** Waits for a turn to append and releases it at once; returns how long that took, ms. */
async function awaitTurn(client: ClientBase): Promise<number> {
  const began = performance.now()
  await oneRoundTrip(client, [
    `set local lock_timeout = ${longestMs}`,
    // Not log.take_append_lock(): it does not exist yet while the machinery is first installed.
    `select pg_advisory_xact_lock(${appendLock})`,
  ]).catch((error: unknown) => {
    if (!isLockFailure(error)) throw error
  })
  return performance.now() - began
}

/** A lock was not available in time. The transaction did nothing; a later run can continue. */
export class LockError extends Error {
  override readonly name = 'LockError'
  readonly code = 'locked'

  constructor(cause: Error, patienceMs: number, holders: string) {
    super(
      `other sessions held a needed lock for ${patienceMs / 1000} s (${cause.message}). ${holders}. Wait for ` +
        'them or end them, then run the command again: it continues where it stopped',
      { cause },
    )
  }
}

function describe(holders: readonly string[]): string {
  const sessions = holders.length > 0 ? holders.join('; ') : 'none any longer'
  return `Sessions in a transaction on tables of log or read, the oldest first: ${sessions}`
}

/** Lock not available (55P03) or deadlock detected (40P01). */
function isLockFailure(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && (error.code === '55P03' || error.code === '40P01')
}
