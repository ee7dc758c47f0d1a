/**
 * A command that waits for its verdict, and is told it once.
 *
 * Those who were accepted are told together, when the writer has sent its next batch: so the database
 * writes while they are answered. A refusal is told at once.
 */

import type { AppendRequest } from '../append-request.ts'
import type { Recorded } from '../event.ts'

/** Settled once, by `accept` or `refuse`; whoever sends it keeps to that. */
export class PendingAppend {
  readonly request: AppendRequest
  /** When it came, in ms of performance.now(), which no correction of the clock changes. */
  readonly since = performance.now()
  /** It was sent, and nobody knows what became of it. */
  isDoubtful = false
  /** It has its verdict. */
  isSettled = false
  readonly #accept: (recorded: Recorded) => void
  readonly #refuse: (error: unknown) => void

  constructor(
    request: AppendRequest,
    accept: (recorded: Recorded) => void,
    refuse: (error: unknown) => void,
  ) {
    this.request = request
    this.#accept = accept
    this.#refuse = refuse
  }

  accept(recorded: Recorded): void {
    this.isSettled = true
    later(() => this.#accept(recorded))
  }

  refuse(error: unknown): void {
    this.isSettled = true
    this.#refuse(error)
  }
}

let told: (() => void)[] = []

/** At the end of this turn of the event loop. */
function later(tell: () => void): void {
  if (told.length === 0) setImmediate(tellAll)
  told.push(tell)
}

function tellAll(): void {
  const all = told
  told = []
  for (const tell of all) tell()
}
