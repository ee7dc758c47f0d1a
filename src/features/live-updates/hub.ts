/**
 * The hub: all open streams and waiting requests of this server, its listeners, and the one reader of the log that
 * serves them.
 *
 * While it has listeners it follows the log. Each notification causes one query, and its events become
 * frames for the users concerned. The unread messages of a user are counted at the first event that shows them, and
 * kept while the user listens.
 *
 * A stream ends within a second of its session. An event of a listener's user or session causes a look-up
 * of the session before any later event is sent, and all sessions are looked up every half second. So
 * the hub depends neither on the events that end a session nor on its expiry time.
 */

import { levels, measured } from '../../platform/metrics/measurements.ts'
import type { Notifications } from '../../platform/postgres/notifications.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findLiveSessions, type OnUse } from '../sessions/queries.ts'
import { countedIn, eventFor, recipientsOf } from './events.ts'
import { toBytes } from './frames.ts'
import { type EventRow, findLastPosition, listEventsAfter, pageLength } from './queries.ts'
import type { Subscriber } from './subscriber.ts'
import { UnreadMessages } from './unread.ts'

export interface HubOptions {
  readonly notifications: Notifications
  /** Whether this server holds the leases on its read tables. */
  readonly mayRead: () => boolean
  /** An open stream is a use of its session, each day. */
  readonly onSessionUse?: OnUse
  /** How often each stream gets a comment line, so that proxies keep the connection open; ms. */
  readonly heartbeatMs?: number
}

/** Most proxies close a connection after a minute of silence; the shortest limit we found is 30 s. */
const defaultHeartbeatMs = 15_000
const sessionCheckMs = 500

/** One period of following the log, from the first listener that joins to the last that leaves. */
interface Following {
  readonly stop: AbortController
  readonly done: Promise<void>
  /** The position up to which every live listener has its events. */
  position: bigint
  checkedAt: number
}

export class Hub {
  readonly #options: HubOptions
  readonly #byUser = new Map<string, Set<Subscriber>>()
  readonly #unread = new Map<string, UnreadMessages>()
  #size = 0
  #following: Following | undefined
  /** Resolves when all earlier periods have ended. */
  #unfollowed: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: HubOptions) {
    this.#options = options
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The number of listeners of a user. */
  sizeOf(userId: string): number {
    return this.#byUser.get(userId)?.size ?? 0
  }

  /** The position up to which every live listener has its events; 0 without listeners. */
  get position(): bigint {
    return this.#following?.position ?? 0n
  }

  /** Adds a listener; `last` is a position that the log had reached before. */
  join(listener: Subscriber, last: bigint): void {
    this.#following ??= this.#follow(last)
    const listeners = this.#byUser.get(listener.userId) ?? new Set()
    this.#byUser.set(listener.userId, listeners.add(listener))
    this.#size += 1
    levelOf(listener).change(1)
  }

  /** Removes a listener whose stream is over. */
  leave(listener: Subscriber): void {
    const listeners = this.#byUser.get(listener.userId)
    if (!listeners?.delete(listener)) return
    this.#size -= 1
    levelOf(listener).change(-1)
    if (listeners.size === 0) {
      this.#byUser.delete(listener.userId)
      this.#unread.delete(listener.userId)
    }
    if (this.#size === 0) this.#unfollow()
  }

  /** Ends every stream and closes the connection to the database. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#endAll('server stops')
    await this.#unfollowed
  }

  /** After a restore, the log has other events at the positions that listeners have; they learn it when they return. */
  #endAll(reason: 'server stops' | 'log restored'): void {
    for (const listener of this.#all()) listener.end(reason)
    this.#unfollow()
  }

  #unfollow(): void {
    if (!this.#following) return
    this.#following.stop.abort()
    this.#unfollowed = Promise.all([this.#unfollowed, this.#following.done])
    this.#following = undefined
  }

  #follow(position: bigint): Following {
    const stop = new AbortController()
    const { notifications, heartbeatMs = defaultHeartbeatMs } = this.#options
    const timer = setInterval(() => {
      for (const listener of this.#all()) listener.keepOpen()
    }, heartbeatMs)
    stop.signal.addEventListener('abort', () => clearInterval(timer))
    const done = notifications((on) => this.#read(on, following), stop.signal)
    const following: Following = { stop, done, position, checkedAt: performance.now() }
    return following
  }

  /** Whether this server holds the leases on its read tables. */
  get mayRead(): boolean {
    return this.#options.mayRead()
  }

  /** Sends the events since the last read. */
  async #read(on: Queryable, following: Following): Promise<void> {
    const goesOn = () => this.mayRead && !following.stop.signal.aborted
    for (let more = true; more && goesOn(); ) {
      const rows = await listEventsAfter(on, following.position)
      const over = await this.#findOver(on, following, rows)
      // Without the leases, the tables may have been retired before they were read.
      if (!goesOn()) return
      if (rows.length === 0 && (await findLastPosition(on)) < following.position) {
        return this.#endAll('log restored')
      }
      for (const listener of over) listener.end('session over')
      for (const row of rows) {
        await this.#countUnread(on, row)
        if (!goesOn()) return
        following.position = BigInt(row.position)
        this.#send(row)
      }
      more = rows.length === pageLength
    }
  }

  /** Makes the counts that the event shows ready. */
  async #countUnread(on: Queryable, row: EventRow): Promise<void> {
    const userId = countedIn(row)?.userId
    const listeners = userId === undefined ? undefined : this.#byUser.get(userId)
    if (userId === undefined || !listeners) return
    if (![...listeners].some((each) => each.takesEvents)) {
      this.#unread.delete(userId)
      return
    }
    if (this.#unread.get(userId)?.follow(row)) return
    const unread = await UnreadMessages.load(on, userId)
    if (this.#byUser.has(userId)) this.#unread.set(userId, unread)
  }

  #send(row: EventRow): void {
    const position = BigInt(row.position)
    for (const userId of recipientsOf(row)) {
      let frame: Buffer | undefined
      for (const listener of this.#byUser.get(userId) ?? []) {
        if (!listener.isLive) continue
        if (listener.takesEvents) frame ??= this.#frameFor(userId, row)
        listener.receive(position, frame)
      }
      if (frame) reportDelay(row)
    }
  }

  #frameFor(userId: string, row: EventRow): Buffer | undefined {
    const event = eventFor(userId, row, (withId) => this.#unread.get(userId)?.with(withId))
    return event && toBytes(event)
  }

  /** Finds the listeners whose sessions have ended or expired. */
  async #findOver(
    on: Queryable,
    following: Following,
    rows: readonly EventRow[],
  ): Promise<Subscriber[]> {
    const all = performance.now() - following.checkedAt >= sessionCheckMs
    const touched = new Set(rows.filter(({ id }) => id === null).map(({ streamId }) => streamId))
    if (all) following.checkedAt = performance.now()
    else if (touched.size === 0) return []
    const listeners = this.#all().filter(
      ({ userId, sessionId }) => all || touched.has(userId) || touched.has(sessionId),
    )
    if (listeners.length === 0) return []
    const ids = [...new Set(listeners.map((each) => each.sessionId))]
    const live = await findLiveSessions(on, ids, this.#options.onSessionUse)
    return listeners.filter(({ sessionId }) => !live.has(sessionId))
  }

  #all(): Subscriber[] {
    return [...this.#byUser.values()].flatMap((listeners) => [...listeners])
  }
}

function levelOf({ takesEvents }: Subscriber) {
  return takesEvents ? levels.streams : levels.waitingRequests
}

/** The clocks of the servers and the database can differ by a little. */
function reportDelay({ recordedAt }: EventRow): void {
  if (!measured.frame.isRead) return
  measured.frame.report({ seconds: Math.max(0, Date.now() - Date.parse(recordedAt)) / 1000 })
}
