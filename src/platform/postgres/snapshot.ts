/**
 * The position of the snapshot that a response is read from.
 *
 * A statement sees one snapshot of the database. Within `withSnapshot`, each prepared query returns the last position
 * of the log beside its rows, from the same snapshot: the rows show every event up to there, and no later one.
 * Positions are assigned under one lock that is held until the commit, so none up to there can follow.
 *
 * The snapshot is found by the asynchronous context, not by an argument, so no query of a route can leave it out.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Pool } from 'pg'

/**
 * A statement saw less of the log than its response has to show. The response is read again. If that fails, too, the
 * address of the database has led to several servers within one request, as in the middle of a failover.
 */
export class BehindError extends Error {
  override readonly name = 'BehindError'
  readonly code = 'unavailable'
  readonly reason = 'The database server changed while the response was read. Try again.'
  /** The position that the statement had to see. */
  readonly needed: bigint

  constructor(needed: bigint, seen: bigint) {
    super(`a snapshot at position ${seen} does not show position ${needed}`)
    this.needed = needed
  }
}

/** The session of a request that a statement checks beside its rows, in place of a look-up before it. */
export interface StatementCheck {
  /** The condition, in SQL, that the session with the id in this parameter is active. */
  readonly isActive: (parameter: string) => string
  /** The id of the session. */
  readonly key: string
  /** Called when a statement found the session active. */
  readonly confirm: () => void
  readonly isConfirmed: boolean
}

/** How a response is read. */
export interface Reading {
  /** The position that it has to show; 0 if absent. */
  readonly atLeast?: bigint | undefined
  /** The standby that answers its queries; the primary server if absent. */
  readonly standby?: Pick<Pool, 'query'> | undefined
  /** Absent if the session was looked up. */
  readonly session?: StatementCheck | undefined
}

/** What the statements of one response saw. */
export class Snapshot {
  readonly standby: Reading['standby']
  readonly #session: StatementCheck | undefined
  #atLeast: bigint
  #position: string | undefined

  constructor({ atLeast = 0n, standby, session }: Reading = {}) {
    this.#atLeast = atLeast
    this.standby = standby
    // A standby can be late, and show a session that has ended.
    if (!standby) this.#session = session
  }

  /** The session that the next statement has to check, until one has found it active. */
  get session(): StatementCheck | undefined {
    return this.#session?.isConfirmed ? undefined : this.#session
  }

  /**
   * The position that a statement which begins now has to see: that of the request, or what an earlier statement has
   * shown. An address can lead to several standbys, of which one is behind the other.
   */
  get atLeast(): bigint {
    return this.#atLeast
  }

  /** The position up to which everything is shown; undefined before the first statement. */
  get position(): string | undefined {
    return this.#position
  }

  /**
   * Adds a statement, with the `atLeast` of its beginning. Of several the smallest position counts: all of them have
   * seen what is up to there. Throws BehindError.
   */
  add(position: string, atLeast = 0n): void {
    const seen = BigInt(position)
    if (seen < atLeast) {
      this.restart()
      throw new BehindError(atLeast, seen)
    }
    if (seen > this.#atLeast) this.#atLeast = seen
    if (this.#position === undefined || seen < BigInt(this.#position)) this.#position = position
  }

  /** Forgets the statements so far, of which the response shows nothing. */
  restart(): void {
    this.#position = undefined
  }
}

const snapshots = new AsyncLocalStorage<Snapshot | undefined>()

/** The snapshot of the response that is being read; undefined outside of one. */
export function currentSnapshot(): Snapshot | undefined {
  return snapshots.getStore()
}

/** Runs a function whose prepared queries are added to the snapshot, or to none. */
export function withSnapshot<Result>(snapshot: Snapshot | undefined, run: () => Result): Result {
  return snapshots.run(snapshot, run)
}
