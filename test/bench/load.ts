// Load: requests to the database, such as appends or reads, over several connections.
//
// A steady rate is open-loop: a request that is due while its connection still waits for the previous one
// is timed from the moment it was due. A stall therefore counts for every request it delays.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import type { AppendRequest } from '../../src/platform/event-store/append-request.ts'
import { append } from './append.ts'
import { measureSql } from './rate.ts'
import { withClient } from './scratch-server.ts'

/** When a request was due and when its result came, in milliseconds of performance.now(). */
export interface Sample {
  readonly due: number
  readonly answered: number
}

export type Sender = (client: ClientBase) => Promise<unknown>

export interface LoadOptions {
  readonly url: string
  /** Requests a second, over all connections. */
  readonly rate: number
  /** Sends the next request, for each connection. */
  readonly senders: readonly Sender[]
}

/** Sends requests between `start` and `stop`, which can alternate, and records how long each takes. */
export class Load {
  readonly samples: Sample[] = []
  readonly failures: unknown[] = []
  readonly options: LoadOptions
  #running: Promise<unknown> | undefined
  #stopped = false

  constructor(options: LoadOptions) {
    this.options = options
  }

  start(): void {
    this.#stopped = false
    const { url, senders } = this.options
    this.#running = Promise.all(
      senders.map((send, nth) => withClient(url, (client) => this.#send(client, send, nth))),
    )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #send(client: ClientBase, send: Sender, nth: number): Promise<void> {
    const { rate, senders } = this.options
    const every = (1000 * senders.length) / rate
    let due = performance.now() + (every * nth) / senders.length
    while (!this.#stopped) {
      const early = due - performance.now()
      if (early > 0) await pause(early)
      // A late timer is the fault of the bench and does not count; a late connection does.
      const from = early > 0 ? performance.now() : due
      await send(client).catch((error) => this.failures.push(error))
      this.samples.push({ due: from, answered: performance.now() })
      due += every
    }
  }
}

/** Returns appends a second, each a call of the service's code, with each sender sending as fast as it can. */
export async function measureCapacity(
  url: string,
  senders: readonly (() => readonly AppendRequest[])[],
  milliseconds: number,
): Promise<number> {
  const loops = senders.map((next) => (client: ClientBase) => append(client, next()))
  return (await measureSql(url, loops, milliseconds)).rate
}
