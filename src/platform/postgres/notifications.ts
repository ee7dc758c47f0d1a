/**
 * Wake-ups: being told, over a connection of one's own, that there may be something new to read.
 *
 * A notification (LISTEN) is a hint and carries nothing. It may be lost, with its connection or
 * otherwise, so whoever follows is also woken after a while without any, and over each new
 * connection. Promises to go on, whatever happens to the database, until it is told to stop.
 */

import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Queryable } from './prepared.ts'
import type { Sockets } from './sockets.ts'

/**
 * Calls `act` at once and then whenever there may be something new, one call at a time, until the
 * signal. An `act` that throws is called again over a new connection.
 */
export type Notifications = (
  act: (on: Queryable) => Promise<void>,
  until: AbortSignal,
) => Promise<void>

export interface NotificationOptions {
  /** As of every connection of a server; a pooler in between must be in session mode. */
  readonly databaseUrl: string
  readonly channel: string
  /** Hung up when the server learns that its connections may be dead. */
  readonly sockets: Sockets
  /** Told why there are none for the moment, once in a row for each reason. */
  readonly onTrouble: (reason: unknown) => void
}

/** What a lost notification costs at most, ms: so rare that twice a second are no load. */
const patienceMs = 500
const retryMs = 250
/** What is new is read in milliseconds; who does not answer for so long is not there any more, ms. */
const answerMs = 5_000

/**
 * What is read are a few rows at the end of something long, by their keys. Statistics are as old as the
 * last visit of autovacuum, and a connection keeps the plan that it once made from them.
 */
const settings = 'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off'

/** Wake-ups by notifications on a channel. */
export function createNotifications(options: NotificationOptions): Notifications {
  return async (act, until) => {
    const signal = new Signal()
    until.addEventListener('abort', () => signal.notify())
    let told: string | undefined
    while (!until.aborted) {
      try {
        for await (const on of wakeUpCalls(options, signal, until)) {
          await act(on)
          told = undefined
        }
      } catch (error) {
        if (until.aborted) break
        if (String(error) !== told) options.onTrouble(error)
        told = String(error)
        await pause(retryMs, undefined, { signal: until }).catch(() => undefined)
      }
    }
  }
}

/** The connection, at each notify, until it is lost; then it throws. */
async function* wakeUpCalls(
  { databaseUrl, channel, sockets }: NotificationOptions,
  signal: Signal,
  until: AbortSignal,
): AsyncGenerator<Queryable> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: `epistle, following ${channel}`,
    stream: sockets.open,
    keepAlive: true,
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  })
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
    signal.notify()
  })
  client.on('notification', () => signal.notify())
  try {
    await client.connect()
    await client.query(settings)
    await client.query(`listen ${client.escapeIdentifier(channel)}`)
    while (!until.aborted) {
      if (lost) throw lost
      signal.reset()
      yield client
      await signal.notified(patienceMs)
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Rung also while nobody waits for it: then the next who waits need not. */
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

  /** Resolves when it wakeUpCalls, or after so many milliseconds. */
  async notified(patience: number): Promise<void> {
    if (this.#isNotified) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
