/**
 * An append request that waits for its result. Its caller gets exactly one result.
 *
 * Accepted requests are reported together, after the writer has sent its next batch: the database then
 * writes while their callers are answered. Rejected requests are reported at once, and so is an accepted one that is
 * alone.
 */

import type { AppendRequest } from '../append-request.ts'
import type { Recorded } from '../event.ts'

/** The first call of `accept` or `reject` is the result; later ones have no effect. */
export class PendingAppend {
  readonly request: AppendRequest
  /** When the request arrived, in ms of performance.now(), which clock corrections do not change. */
  readonly since = performance.now()
  /** The request was sent, and its result is unknown. */
  isDoubtful = false
  /** The request has its result. */
  isSettled = false
  readonly #accept: (recorded: Recorded) => void
  readonly #reject: (error: unknown) => void

  constructor(
    request: AppendRequest,
    accept: (recorded: Recorded) => void,
    reject: (error: unknown) => void,
  ) {
    this.request = request
    this.#accept = accept
    this.#reject = reject
  }

  accept(recorded: Recorded, atOnce = false): void {
    if (this.isSettled) return
    this.isSettled = true
    if (atOnce) this.#accept(recorded)
    else defer(() => this.#accept(recorded))
  }

  reject(error: unknown): void {
    if (this.isSettled) return
    this.isSettled = true
    this.#reject(error)
  }
}

let deferred: (() => void)[] = []

/** Runs the callback at the end of this turn of the event loop. */
function defer(callback: () => void): void {
  if (deferred.length === 0) setImmediate(runDeferred)
  deferred.push(callback)
}

function runDeferred(): void {
  const callbacks = deferred
  deferred = []
  for (const callback of callbacks) callback()
}
