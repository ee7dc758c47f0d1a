/**
 * Waits until the primary server shows a position that a client has seen.
 *
 * A standby can show a commit some milliseconds before the primary server does, which waits for the acknowledgement of
 * its standbys first. Meanwhile the commit holds the append lock. So a position is unknown only if the transaction
 * that held the lock has ended and the log still lacks the position: the database was restored to an earlier time. A
 * former primary server lacks positions, too, so the server must be confirmed first (`current-primary.ts`).
 */

import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { type Connectable, prepare, type Queryable, queryBuilder } from '../postgres/prepared.ts'
import { appendLock } from '../read-models/advisory-locks.ts'
import { onCurrentPrimary } from './current-primary.ts'

/** How long (ms) a commit may wait for its standbys, and how often its end is looked for. */
const patienceMs = 5_000
const pauseMs = 20

/** The log has never had this position. */
export class PositionUnknownError extends Error {
  override readonly name = 'PositionUnknownError'
  readonly code = 'position_unknown'
  readonly reason: string
  /** The header or parameter of the request that has the position. */
  readonly parameter: string

  constructor(position: bigint, last: bigint, parameter = 'Epistle-Position') {
    const reason = `The log ends at position ${last}, before ${position}. Load everything again.`
    super(reason)
    this.reason = reason
    this.parameter = parameter
  }
}

/** The position belongs to a commit that still waits for a standby. */
export class PositionPendingError extends Error {
  override readonly name = 'PositionPendingError'
  readonly code = 'unavailable'
  readonly reason = 'A commit still waits for a standby of the database. Try again.'
}

interface Tables {
  readonly 'log.events': { readonly position: string }
}

const lastPosition = prepare('findEndOfLog', () =>
  queryBuilder<Tables>()
    .selectFrom('log.events')
    .select(({ fn }) => fn.coalesce(fn.max('position'), sql<string>`0`).as('position')),
)

const [space, key] = appendLock.split(', ')
const holder = prepare('findAppendLockHolder', () =>
  queryBuilder<{ pg_locks: { virtualtransaction: string; pid: number } }>()
    .selectFrom('pg_locks')
    .select(['virtualtransaction', 'pid'])
    .where(
      sql<boolean>`locktype = 'advisory' and classid = ${sql.raw(space as string)}
        and objid = ${sql.raw(key as string)} and objsubid = 2 and granted
        and database = (select oid from pg_database where datname = current_database())`,
    ),
)

/** The last position of the log in a snapshot that is taken now. */
export async function findEndOfLog(on: Queryable): Promise<bigint> {
  return BigInt((await lastPosition.first(on, {}))?.position ?? 0)
}

/**
 * Resolves with the end of the log when the primary server shows the position. Throws PositionUnknownError,
 * PositionPendingError or SupersededError.
 */
export async function awaitPosition(
  primary: Connectable,
  position: bigint,
  parameter?: string,
): Promise<bigint> {
  const now = await findEndOfLog(primary)
  if (now >= position) return now
  // The lock first, then the log: a transaction that ends between the two is in the second snapshot.
  const first = await findHolder(primary)
  const end = performance.now() + patienceMs
  for (let present = first; ; present = await findHolder(primary)) {
    const last = await findEndOfLog(primary)
    if (last >= position) return last
    if (present === undefined || present !== first) break
    if (performance.now() > end) throw new PositionPendingError()
    await pause(pauseMs)
  }
  const last = await onCurrentPrimary(primary, findEndOfLog)
  if (last >= position) return last
  throw new PositionUnknownError(position, last, parameter)
}

/** The transaction that holds the append lock. */
async function findHolder(primary: Queryable): Promise<string | undefined> {
  const found = await holder.first(primary, {})
  return found && `${found.virtualtransaction} ${found.pid}`
}
