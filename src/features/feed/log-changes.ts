/**
 * Wakes the streams of the feed when the log has grown. One connection to the database follows the log while
 * there are streams, however many.
 */

import type { Notifications } from '../../platform/postgres/notifications.ts'
import { findLastPosition } from '../live-updates/queries.ts'

export class LogChanges {
  readonly #notifications: Notifications
  #streams = 0
  #stop = new AbortController()
  #done: Promise<unknown> = Promise.resolve()
  #next = Promise.withResolvers<void>()

  constructor(notifications: Notifications) {
    this.#notifications = notifications
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams
  }

  /** Resolves when the log grows. Ask for it before you read: what is recorded afterwards then wakes you. */
  get next(): Promise<void> {
    return this.#next.promise
  }

  /** Begins a stream; the function ends it. */
  join(): () => void {
    this.#streams += 1
    if (this.#streams === 1) this.#follow()
    return () => {
      this.#streams -= 1
      if (this.#streams === 0) this.#stop.abort()
    }
  }

  /** Resolves when the connection is closed. All streams must have ended. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#done
  }

  #follow(): void {
    this.#stop = new AbortController()
    // Before the first look: a stream that read while nothing followed the log may have missed a change.
    let last: bigint | undefined
    const following = this.#notifications(async (on) => {
      const position = await findLastPosition(on)
      if (position !== last) this.#wake()
      last = position
    }, this.#stop.signal)
    this.#done = Promise.all([this.#done, following])
  }

  #wake(): void {
    this.#next.resolve()
    this.#next = Promise.withResolvers()
  }
}
