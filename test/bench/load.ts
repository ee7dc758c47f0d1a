// Load: commands, one a call of log.append, over several connections.
//
// At a steady rate it is open-loop: a command that is due while its connection still waits for the one
// before it is timed from the moment it was due, so that a stall counts for all who would have met it.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import type { AppendRequest } from '../support/append-requests.ts'
import { append } from './append.ts'
import { measureSql } from './rate.ts'
import { withClient } from './scratch-server.ts'

/** When a command was due and when it was answered: milliseconds of performance.now(). */
export interface Sample {
  readonly due: number
  readonly answered: number
}

export interface LoadOptions {
  readonly url: string
  /** Commands a second, over all connections. */
  readonly rate: number
  /** What each connection sends. */
  readonly senders: readonly (() => AppendRequest)[]
}

/** Sends commands from `start` to `stop`, any number of times, and remembers how long each took. */
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
      senders.map((next, nth) => withClient(url, (client) => this.#send(client, next, nth))),
    )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #send(client: ClientBase, next: () => AppendRequest, nth: number): Promise<void> {
    const { rate, senders } = this.options
    const every = (1000 * senders.length) / rate
    let due = performance.now() + (every * nth) / senders.length
    while (!this.#stopped) {
      const early = due - performance.now()
      if (early > 0) await pause(early)
      // A timer that rings late is the bench's fault; a connection that is late is not.
      const from = early > 0 ? performance.now() : due
      await append(client, [next()]).catch((error) => this.failures.push(error))
      this.samples.push({ due: from, answered: performance.now() })
      due += every
    }
  }
}

/** Calls of log.append a second that a database takes, each sender sending as fast as it can. */
export async function measureCapacity(
  url: string,
  senders: readonly (() => readonly AppendRequest[])[],
  milliseconds: number,
): Promise<number> {
  const loops = senders.map((next) => (client: ClientBase) => append(client, next()))
  return (await measureSql(url, loops, milliseconds)).rate
}
