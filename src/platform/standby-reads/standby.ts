/**
 * A standby that responses are read from: its pool, whether it may be read from, and how far it has come.
 *
 * A connection of its own looks at the standby once a second. While the standby is silent, has failed a query lately or
 * is not fit (`fitness.ts`), nothing is read from it. The log contains each change once. The caller repeats
 * a query that it fails on the primary server. While the primary server does not answer whether it is fit, the last answer
 * holds for ten seconds.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import pg from 'pg'
import type { Logger } from 'pino'
import { inTime } from '../in-time.ts'
import type { Sockets } from '../postgres/sockets.ts'
import { sleep } from '../sleep.ts'
import { findEndOfLog } from './await-position.ts'
import { answerMs, type Fitness, UnfitError } from './fitness.ts'

/** How often the standby is looked at, how long a failed one is not used, and how long a check of the primary holds: ms. */
const lookMs = 1_000
const restMs = 5_000
const checkedMs = 10_000
/** How often a standby that a response waits for is looked at, and how long one that was too late gets no wait: ms. */
const waitLookMs = 5
const lagMs = 1_000

/** A query failed on a standby. Its response is read again from the primary server. */
export class StandbyFailedError extends Error {
  override readonly name = 'StandbyFailedError'

  constructor(standby: string, cause: unknown) {
    super(`the standby ${standby} failed a query`, { cause })
  }
}

/** The primary server does not answer whether the standby is synchronous, which says nothing about the standby. */
class UncheckedError extends Error {
  override readonly name = 'UncheckedError'

  constructor(cause: unknown) {
    const { message } = cause as Error
    super(`the primary server does not answer whether the standby is synchronous (${message})`, {
      cause,
    })
  }
}

export interface StandbyOptions {
  /** Host and port, for the log and the metrics. */
  readonly name: string
  /** A pool whose new connections are passed to `admit`, and given up if that throws. */
  readonly createPool: (admit: (client: PoolClient) => Promise<void>) => Pool
  /** Opens the connection that looks at the standby. */
  readonly openClient: () => Promise<pg.Client>
  /** Those of all connections to the standby. */
  readonly sockets: Sockets
  readonly fitness: Fitness
  readonly log: Logger
}

export class Standby {
  readonly name: string
  readonly pool: Pool
  readonly #options: StandbyOptions
  readonly #stop = new AbortController()
  /** The name of the server behind each connection, as the primary server knows it. */
  readonly #names = new Map<object, string | undefined>()
  /** The names that the primary server counted as synchronous, and when. */
  #checked: ReadonlySet<string | undefined> = new Set()
  #checkedAt = Number.NEGATIVE_INFINITY
  #watcher: pg.Client | undefined
  #watching: Promise<void> | undefined
  #looking: Promise<void> | undefined
  /** Why nothing is read from it; undefined while it is. */
  #reason: string | undefined = 'it has not been looked at yet'
  #shown = 0n
  #restsUntil = 0
  #lagsUntil = 0
  #conflictAt = Number.NEGATIVE_INFINITY

  constructor(options: StandbyOptions) {
    this.name = options.name
    this.#options = options
    this.pool = options.createPool((client) => this.#admit(client))
    this.pool.on('remove', (client) => void this.#names.delete(client))
  }

  /** Begins to look at the standby. Resolves after the first look, whatever it finds. */
  async open(): Promise<void> {
    await this.#look()
    this.#watching = this.#watch()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#watching
    await this.#watcher?.end().catch(() => undefined)
    await this.pool.end()
  }

  /** Whether responses are read from it. */
  get isUsed(): boolean {
    return this.#reason === undefined && performance.now() >= this.#restsUntil
  }

  /** The greatest position that it has shown. */
  get shown(): bigint {
    return this.#shown
  }

  /** Whether it has shown the position, or it is worth a try. */
  mayShow(position: bigint): boolean {
    if (!this.isUsed) return false
    return position <= this.#shown || performance.now() >= this.#lagsUntil
  }

  /** The `query` of a pool, for prepared queries. Throws StandbyFailedError. */
  readonly query = (async (query: pg.Submittable) => {
    try {
      return await (this.pool.query(query) as unknown as Promise<unknown>)
    } catch (error) {
      this.#failed(error)
      throw new StandbyFailedError(this.name, error)
    }
  }) as unknown as Pool['query']

  /** Notes a position that a response has shown. */
  note(position: bigint): void {
    if (position > this.#shown) this.#shown = position
  }

  /** Waits until the standby shows the position; false if it does not within `waitMs`. */
  async reaches(position: bigint, waitMs: number): Promise<boolean> {
    const end = performance.now() + waitMs
    while (this.isUsed && performance.now() < end) {
      await this.#findPosition().catch(() => undefined)
      if (position <= this.#shown) return true
      await pause(Math.max(0, Math.min(waitLookMs, end - performance.now())))
    }
    this.#lagsUntil = performance.now() + lagMs
    return false
  }

  /** One conflict with recovery ends a query only. After a second one, or another failure, the standby is not used. */
  #failed(error: unknown): void {
    const now = performance.now()
    if (error instanceof pg.DatabaseError && /^(?:40001|57014)$/.test(error.code ?? '')) {
      const isFirst = now - this.#conflictAt > restMs
      this.#conflictAt = now
      if (isFirst) return
    }
    if (this.isUsed) {
      const { log, name } = this.#options
      log.warn({ err: error, standby: name }, 'a standby failed a query; it is not used for 5 s')
    }
    this.#restsUntil = now + restMs
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await sleep(lookMs, signal)
      if (!signal.aborted) await this.#look()
    }
  }

  /** Looks whether the standby answers and is fit, and reports a change. */
  async #look(): Promise<void> {
    try {
      const watcher = await this.#connect()
      await inTime(this.#findPosition(), answerMs)
      await this.#check([this.#names.get(watcher), ...this.#names.values()])
      this.#change(undefined)
    } catch (error) {
      this.#change(error)
      if (error instanceof UncheckedError) return
      this.#watcher?.end().catch(() => undefined)
      this.#watcher = undefined
      this.#looking = undefined
    }
  }

  /** Throws UnfitError, or UncheckedError if the primary server has not answered for these names for some time. */
  async #check(names: readonly (string | undefined)[]): Promise<void> {
    try {
      await this.#options.fitness.check(names)
      this.#checked = new Set(names)
      this.#checkedAt = performance.now()
    } catch (error) {
      if (error instanceof UnfitError) throw error
      const isRecent = performance.now() - this.#checkedAt < checkedMs
      if (!isRecent || !names.every((name) => this.#checked.has(name))) {
        throw new UncheckedError(error)
      }
    }
  }

  async #connect(): Promise<pg.Client> {
    if (this.#watcher) return this.#watcher
    const client = await this.#options.openClient()
    client.on('end', () => {
      this.#names.delete(client)
      if (this.#watcher === client) this.#watcher = undefined
    })
    try {
      await this.#admit(client)
    } catch (error) {
      client.end().catch(() => undefined)
      throw error
    }
    this.#watcher = client
    return client
  }

  async #admit(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
    const name = await inTime(this.#options.fitness.admit(client), answerMs)
    await this.#check([name])
    this.#names.set(client, name)
  }

  /** Requests that wait share one query at a time. */
  #findPosition(): Promise<void> {
    const watcher = this.#watcher
    if (!watcher) return Promise.reject(new Error('there is no connection'))
    this.#looking ??= findEndOfLog(watcher)
      .then((position) => this.note(position))
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  #change(error: unknown): void {
    const { log, name, sockets } = this.#options
    const reason = error === undefined ? undefined : (error as Error).message
    if (reason === this.#reason || this.#stop.signal.aborted) return
    this.#reason = reason
    if (reason === undefined) log.info({ standby: name }, 'reading from a standby')
    else {
      log.warn(
        { err: error, standby: name },
        'not reading from a standby; the primary server answers',
      )
      // Queries on silent connections fail at once, and are repeated on the primary server.
      if (!(error instanceof UncheckedError)) sockets.destroyAll()
    }
  }
}
