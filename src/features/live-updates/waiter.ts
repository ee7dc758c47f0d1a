/**
 * A request that waits for the next event of its user. It takes no event: it only learns that one has come, or that
 * it must end, and then its route reads the events. While it waits it holds no connection to the database.
 */

import type { Principal } from '../../platform/http/principal.ts'
import type { End, Subscriber } from './subscriber.ts'

/** What a waiting request learns. */
export type Woken = 'event' | 'time over' | 'client gone' | End

export interface WaiterOptions {
  readonly principal: Principal
  /** The network that the request counts for. */
  readonly client: string
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal
  readonly waitMs: number
}

export class Waiter implements Subscriber {
  readonly userId: string
  readonly sessionId: string
  readonly client: string
  readonly isLive = true
  readonly takesEvents = false
  /** Resolves at the first thing that happens. */
  readonly woken: Promise<Woken>
  readonly #wake: (why: Woken) => void

  /** Begins to wait. */
  constructor({ principal, client, gone, waitMs }: WaiterOptions) {
    this.userId = principal.userId
    this.sessionId = principal.sessionId
    this.client = client
    const { promise, resolve } = Promise.withResolvers<Woken>()
    const timer = setTimeout(() => resolve('time over'), waitMs)
    const leave = () => resolve('client gone')
    gone.addEventListener('abort', leave)
    if (gone.aborted) leave()
    this.#wake = resolve
    this.woken = promise.finally(() => {
      clearTimeout(timer)
      gone.removeEventListener('abort', leave)
    })
  }

  receive(): void {
    this.#wake('event')
  }

  keepOpen(): void {}

  /** Waits no longer, whatever happens. */
  stop(): void {
    this.#wake('time over')
  }

  end(why: End): void {
    this.#wake(why)
  }
}
