/** Admits streams and waiting requests to the hub, within the limits of each user, each client and the server. */

import type { FastifyBaseLogger } from 'fastify'
import { Problem } from '../../platform/http/problems/problem.ts'
import { tooManyAtOnce } from '../../platform/http/rate-limit-fields.ts'
import type { Hub } from './hub.ts'
import { StreamLimits } from './stream-limits.ts'
import type { Subscriber } from './subscriber.ts'

/**
 * How many streams one user may have open: one for each device and tab, and those of clients that vanished,
 * which TCP detects after a quarter of an hour. Without a limit, one account could exclude all others.
 */
export const maxPerUser = 50

export class Admission {
  readonly #hub: Hub
  readonly #limits: StreamLimits
  readonly #log: FastifyBaseLogger

  constructor(hub: Hub, maxStreams: number, log: FastifyBaseLogger) {
    this.#hub = hub
    this.#limits = new StreamLimits(maxStreams)
    this.#log = log
  }

  /**
   * Adds a subscriber to the hub; `last` is a position that the log had reached before. Throws when the server stops
   * or a limit is reached. It never waits, so concurrent requests count each other.
   */
  admit(subscriber: Subscriber, last: bigint): void {
    const { userId } = subscriber
    if (this.#hub.isClosed) throw new Problem('unavailable', { detail: 'The server is stopping.' })
    if (this.#hub.sizeOf(userId) >= maxPerUser) throw tooManyAtOnce('streams', maxPerUser)
    const gives = this.#limits.admit(subscriber)
    this.#hub.join(subscriber, last)
    if (gives) this.#giveWay(gives)
  }

  remove(subscriber: Subscriber): void {
    this.#limits.remove(subscriber)
    this.#hub.leave(subscriber)
  }

  /** Ends a stream for another. It leaves at once, so its user can reconnect before the client has read the end. */
  #giveWay(subscriber: Subscriber): void {
    const { client, userId } = subscriber
    this.#hub.leave(subscriber)
    subscriber.end('gave way')
    this.#log.info({ client, userId }, 'ended a stream: another needed its place')
  }
}
