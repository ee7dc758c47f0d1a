/**
 * How many streams the server and each client have open, and which one ends when there is no room for another. A
 * waiting request counts as a stream.
 *
 * A client, which is a network address, may have a quarter of all streams. Beyond that, its user with the most
 * streams loses the oldest. When the server is full, the client with the most streams loses its oldest. A stream is
 * refused only if its user or client has no fewer than the others, so two never displace each other in turns.
 */

import { Problem } from '../../platform/http/problems/problem.ts'
import { tooManyAtOnce } from '../../platform/http/rate-limit-fields.ts'
import { Shares } from '../../platform/http/shares.ts'
import type { Subscriber } from './subscriber.ts'

export class StreamLimits {
  readonly #max: number
  readonly #perClient: number
  readonly #byClient = new Shares<Subscriber>()

  /** Limits for `max` streams in all. */
  constructor(max: number) {
    this.#max = max
    this.#perClient = Math.ceil(max / 4)
  }

  /**
   * Counts a new stream. Returns the one that gives way to it and must be ended. Throws 429 if the client has its
   * part, and 503 if the server is full.
   */
  admit(subscriber: Subscriber): Subscriber | undefined {
    const { client } = subscriber
    const hasPart = this.#byClient.sizeOf(client) >= this.#perClient
    const isFull = this.#byClient.size >= this.#max
    const gives = hasPart || isFull ? this.#toMakeRoomFor(subscriber, hasPart) : undefined
    if (hasPart && !gives) throw tooManyAtOnce('streams-of-network', this.#perClient)
    if (isFull && !gives) {
      throw new Problem('overloaded', { detail: 'The server has no room for another stream.' })
    }
    if (gives) this.remove(gives)
    this.#byClient.set(client, subscriber, 1)
    return gives
  }

  /** Counts a stream no longer. */
  remove(subscriber: Subscriber): void {
    this.#byClient.delete(subscriber.client, subscriber)
  }

  #toMakeRoomFor({ client, userId }: Subscriber, sameClient: boolean): Subscriber | undefined {
    const ofOther = sameClient ? undefined : this.#byClient.toMakeRoomFor(client)
    if (ofOther) return ofOther
    const byUser = new Shares<Subscriber>()
    for (const each of this.#byClient.itemsOf(client)) byUser.set(each.userId, each, 1)
    return byUser.toMakeRoomFor(userId)
  }
}
