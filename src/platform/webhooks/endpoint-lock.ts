/**
 * The lock of an endpoint, as its holder sees it: whether another worker could deliver to the endpoint by now.
 *
 * The lock is a row of a transaction, so it ends with the connection, which PostgreSQL also closes when it stops. A
 * partition of the network closes nothing: there, the worker loses its leases within four seconds (`serve/leases.ts`).
 * A transaction that is idle for a minute ends, too, but no delivery takes that long.
 */

import type { ClientBase } from 'pg'

/** How often (ms) the leases are looked at: far more often than they are checked. */
const lookMs = 250

export class EndpointLock {
  readonly #client: ClientBase
  readonly #lost = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #end = () => this.#lose('the connection that holds the webhook was lost')

  /** `mayWork` is whether the worker has its leases. */
  constructor(client: ClientBase, mayWork: () => boolean) {
    this.#client = client
    client.on('error', this.#end)
    client.on('end', this.#end)
    this.#timer = setInterval(() => {
      if (!mayWork()) this.#lose('the worker has lost its leases')
    }, lookMs)
  }

  /** Aborts when the lock may be lost. The reason is an Error with a sentence. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#client.off('error', this.#end)
    this.#client.off('end', this.#end)
  }

  #lose(reason: string): void {
    this.#lost.abort(new Error(`${reason}; the event is delivered again`))
  }
}
