/**
 * The hub: everybody who listens on this server, and the one look at the log for all of them.
 *
 * While anybody listens it follows the log: at each wake-up one query, whose events become frames for
 * the users whose affair they are. A stream ends within a second of its session, because an event
 * of a listener's user or session has his sessions looked up before anything after it is told, and
 * all are looked up every half second: so it needs to know neither what ends a session nor its time.
 */

import type { Notifications } from '../../platform/postgres/notifications.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findLiveSessions } from '../sessions/queries.ts'
import { frameFor, toldOf } from './events.ts'
import { heartbeat } from './frames.ts'
import type { Listener } from './listener.ts'
import { type EventRow, listEventsAfter, pageLength } from './queries.ts'

export interface HubOptions {
  readonly notifications: Notifications
  /** Whether the leases on the read tables are held. */
  readonly mayRead: () => boolean
  /** How often everybody is sent a comment, so that nobody takes the connection for dead; ms. */
  readonly heartbeatMs?: number
}

/** What most proxies allow for silence is a minute; the least we know of, 30 s. */
const defaultHeartbeatMs = 15_000
const sessionCheckMs = 500

/** Following the log, from when the first comes until the last has left. */
interface Following {
  readonly stop: AbortController
  readonly done: Promise<void>
  /** Up to where everybody who is live has been told. */
  position: bigint
  checkedAt: number
}

export class Hub {
  readonly #options: HubOptions
  readonly #byUser = new Map<string, Set<Listener>>()
  #size = 0
  #following: Following | undefined
  /** Those that have left the log, or are about to. */
  #left: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: HubOptions) {
    this.#options = options
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** How many listen. */
  get size(): number {
    return this.#size
  }

  /** How many of a user's listen. */
  sizeOf(userId: string): number {
    return this.#byUser.get(userId)?.size ?? 0
  }

  /** Up to where everybody who is live has been told. */
  get position(): bigint {
    return this.#following?.position ?? 0n
  }

  /** Takes in a listener; `last` is a position that the log had reached when he came. */
  join(listener: Listener, last: bigint): void {
    this.#following ??= this.#follow(last)
    const own = this.#byUser.get(listener.userId) ?? new Set()
    this.#byUser.set(listener.userId, own.add(listener))
    this.#size += 1
  }

  /** Lets a listener go whose stream is over. */
  leave(listener: Listener): void {
    const own = this.#byUser.get(listener.userId)
    if (!own?.delete(listener)) return
    this.#size -= 1
    if (own.size === 0) this.#byUser.delete(listener.userId)
    if (this.#size === 0) this.#unfollow()
  }

  /** Ends every stream, and leaves the database. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const listener of this.#everybody()) listener.end()
    this.#unfollow()
    await this.#left
  }

  #unfollow(): void {
    if (!this.#following) return
    this.#following.stop.abort()
    this.#left = Promise.all([this.#left, this.#following.done])
    this.#following = undefined
  }

  #follow(position: bigint): Following {
    const stop = new AbortController()
    const { notifications, heartbeatMs = defaultHeartbeatMs } = this.#options
    const timer = setInterval(() => {
      for (const listener of this.#everybody()) listener.write(heartbeat)
    }, heartbeatMs)
    stop.signal.addEventListener('abort', () => clearInterval(timer))
    const done = notifications((on) => this.#read(on, following), stop.signal)
    const following: Following = { stop, done, position, checkedAt: performance.now() }
    return following
  }

  /** Tells what happened since the last time. */
  async #read(on: Queryable, following: Following): Promise<void> {
    for (let more = this.#options.mayRead(); more && !following.stop.signal.aborted; ) {
      const rows = await listEventsAfter(on, following.position)
      await this.#endOver(on, following, rows)
      if (following.stop.signal.aborted) return
      for (const row of rows) {
        following.position = BigInt(row.position)
        this.#tell(row)
      }
      more = rows.length === pageLength
    }
  }

  #tell(row: EventRow): void {
    for (const userId of toldOf(row)) {
      const listeners = this.#byUser.get(userId)
      const frame = listeners && frameFor(userId, row)
      if (!frame) continue
      for (const listener of listeners) if (listener.isLive) listener.tell(frame)
    }
  }

  /** Ends the streams of sessions that are over. */
  async #endOver(on: Queryable, following: Following, rows: readonly EventRow[]): Promise<void> {
    const all = performance.now() - following.checkedAt >= sessionCheckMs
    const touched = new Set(rows.filter(({ id }) => id === null).map(({ streamId }) => streamId))
    if (all) following.checkedAt = performance.now()
    else if (touched.size === 0) return
    const listeners = this.#everybody().filter(
      ({ userId, sessionId }) => all || touched.has(userId) || touched.has(sessionId),
    )
    if (listeners.length === 0) return
    const live = await findLiveSessions(on, [...new Set(listeners.map((each) => each.sessionId))])
    for (const listener of listeners) if (!live.has(listener.sessionId)) listener.end()
  }

  #everybody(): Listener[] {
    return [...this.#byUser.values()].flatMap((own) => [...own])
  }
}
