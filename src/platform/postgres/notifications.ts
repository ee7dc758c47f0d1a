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
export type WakeUps = (act: (on: Queryable) => Promise<void>, until: AbortSignal) => Promise<void>

export interface WakeUpOptions {
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
export function wakeUps(options: WakeUpOptions): WakeUps {
  return async (act, until) => {
    const bell = new Bell()
    until.addEventListener('abort', () => bell.ring())
    let told: string | undefined
    while (!until.aborted) {
      try {
        for await (const on of rings(options, bell, until)) {
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

/** The connection, at each ring, until it is lost; then it throws. */
async function* rings(
  { databaseUrl, channel, sockets }: WakeUpOptions,
  bell: Bell,
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
    bell.ring()
  })
  client.on('notification', () => bell.ring())
  try {
    await client.connect()
    await client.query(settings)
    await client.query(`listen ${client.escapeIdentifier(channel)}`)
    while (!until.aborted) {
      if (lost) throw lost
      bell.silence()
      yield client
      await bell.rung(patienceMs)
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Rung also while nobody waits for it: then the next who waits need not. */
class Bell {
  #rang = false
  #wake = () => {}

  ring(): void {
    this.#rang = true
    this.#wake()
  }

  silence(): void {
    this.#rang = false
  }

  /** Resolves when it rings, or after so many milliseconds. */
  async rung(patience: number): Promise<void> {
    if (this.#rang) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
