/**
 * Notifications: calls a function whenever the database might contain something new, over a connection of
 * its own.
 *
 * A PostgreSQL notification (LISTEN) is a hint without content and can be lost, for example with its
 * connection. The function is therefore also called after a while without notifications, and over each new
 * connection. Promises to continue until it is stopped, whatever happens to the database.
 */

import { connections } from '../metrics/measurements.ts'
import { sleep } from '../sleep.ts'
import type { Queryable } from './prepared.ts'
import { commandSession, openSession, type Session } from './session.ts'
import type { Sockets } from './sockets.ts'

/**
 * Calls `act` at once and then whenever there might be something new, one call at a time, until the signal
 * aborts. When `act` throws, it is called again over a new connection.
 */
export type Notifications = (
  act: (on: Queryable) => Promise<void>,
  until: AbortSignal,
) => Promise<void>

export interface NotificationOptions {
  readonly databaseUrl: string
  /** The session of the connection; that of a command when absent. */
  readonly session?: Session
  readonly channel: string
  /** How long to wait (ms) for a notification before `act` is called without one. */
  readonly fallbackMs?: number
  /** Destroyed when the server learns that its connections might be dead. */
  readonly sockets: Sockets
  /** Called with the reason when notifications stop, once for each run of equal reasons. */
  readonly onTrouble: (reason: unknown) => void
}

/** The longest delay (ms) of a lost notification. Two calls a second are no load. */
const defaultFallbackMs = 500
const retryMs = 250
/** New rows are read in milliseconds; a database that takes this long (ms) is unreachable. */
const answerMs = 5_000

/** Notifications of a channel. */
export function createNotifications(options: NotificationOptions): Notifications {
  return async (act, until) => {
    const signal = new Signal()
    until.addEventListener('abort', () => signal.notify())
    let lastReason: string | undefined
    while (!until.aborted) {
      try {
        for await (const on of notifiedConnections(options, signal, until)) {
          await act(on)
          lastReason = undefined
        }
      } catch (error) {
        if (until.aborted) break
        if (String(error) !== lastReason) options.onTrouble(error)
        lastReason = String(error)
        await sleep(retryMs, until)
      }
    }
  }
}

/** Yields the connection at each notification. Throws when the connection is lost. */
async function* notifiedConnections(
  options: NotificationOptions,
  signal: Signal,
  until: AbortSignal,
): AsyncGenerator<Queryable> {
  const { databaseUrl, session = commandSession, channel, sockets } = options
  // The readers fetch a few rows from the end of a long table.
  const byKey = { ...session, findsByKey: true, joinsByKey: true }
  const client = await openSession(databaseUrl, byKey, {
    application_name: `epistle, following ${channel}`,
    stream: sockets.open,
    keepAlive: true,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  })
  connections.notifications.open.change(1)
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
    signal.notify()
  })
  client.on('notification', () => signal.notify())
  try {
    await client.query(`listen ${client.escapeIdentifier(channel)}`)
    while (!until.aborted) {
      if (lost) throw lost
      signal.reset()
      yield client
      await signal.notified(options.fallbackMs ?? defaultFallbackMs)
    }
  } finally {
    connections.notifications.open.change(-1)
    await client.end().catch(() => undefined)
  }
}

/** A wake-up for one waiter. A notification without a waiter is kept for the next one. */
class Signal {
  #isNotified = false
  #wake = () => {}

  notify(): void {
    this.#isNotified = true
    this.#wake()
  }

  reset(): void {
    this.#isNotified = false
  }

  /** Resolves at a notification, or after `ms`. */
  async notified(ms: number): Promise<void> {
    if (this.#isNotified) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
