/**
 * Who waits to be written, and who goes next: two lanes, so that nobody pays for the refusals of
 * another.
 *
 * A refused command makes its batch dear: the database tries halves of halves until it has found it.
 * So actors who were refused within the last minute travel apart, few at a time, and after each
 * batch of theirs they rest. Both lanes are bounded. Among suspects, who may be one attacker and many
 * who once mistook a name, actors take turns.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { Lane } from './penalty-box.ts'
import type { Waiting } from './pending-append.ts'

/**
 * Of the first lane: at 10,000 commands a second the last of 2,000 waits a fifth of one; past 256
 * events in a batch one costs hardly less, and 3,400 of which many are refused held the append lock
 * for 2.5 s. Of the lane of suspects: four events that are all refused take seven tries, about as long
 * as a batch of thirty good ones, which is what a good one may have to wait.
 */
const trustedBounds = { waiting: 2_000, waitingSize: 2 ** 25, batch: 256, batchSize: 2 ** 20 }
const suspectBounds = {
  waiting: 250,
  waitingSize: 2 ** 22,
  batch: 4,
  batchSize: 2 ** 18,
  byTurns: true,
}

const suspicionMs = 60_000
/** Actors remembered; the oldest is forgotten first. */
const suspectsKept = 10_000

/**
 * How long suspects rest after a batch, in times of what it took: they get a third of the writer's
 * time, and everybody else two thirds, also while nobody else waits: those who were just answered
 * may be about to come again.
 */
const restFactor = 2
/**
 * What takes longer than a batch of theirs can, a restart of the database, say, is not their fault. A
 * hundred messages together, one of them refused, take up to 100 ms on a busy machine.
 */
const longestRestMs = 250

/** Both lanes, and who belongs into which. One writer takes from them, a batch at a time. */
export class Lanes {
  readonly #trusted = new Lane(trustedBounds)
  readonly #suspects = new Lane(suspectBounds)
  /** Until when each is suspected, oldest first. */
  readonly #suspected = new Map<string, number>()
  readonly #now: () => number
  #restUntil = 0
  #wake = () => {}

  /** `now` is a clock that never goes back, in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  get length(): number {
    return this.#trusted.length + this.#suspects.length
  }

  /** Throws OverloadedError when too many are waiting, or has a suspect who sent more refused. */
  add(waiting: Waiting): void {
    const until = this.#suspected.get(waiting.command.actor) ?? 0
    if (until > this.#now()) this.#suspects.add(waiting)
    else {
      this.#trusted.add(waiting)
      this.#wake()
    }
  }

  /** Resolves when somebody may go: at once, unless only suspects wait, and rest. */
  async ready(): Promise<void> {
    for (let rest = this.#rest(); rest > 0 && this.#trusted.length === 0; rest = this.#rest()) {
      const over = new AbortController()
      this.#wake = () => over.abort()
      await pause(rest, undefined, { signal: over.signal }).catch(() => undefined)
    }
  }

  /** Whoever goes next; `charge` says afterwards how long it took, ms. */
  next(): { batch: Waiting[]; charge: (ms: number) => void } {
    if (this.#suspects.length === 0 || (this.#trusted.length > 0 && this.#rest() > 0)) {
      return { batch: this.#trusted.take(), charge: () => undefined }
    }
    const charge = (ms: number) => {
      this.#restUntil = this.#now() + Math.min(restFactor * ms, longestRestMs)
    }
    return { batch: this.#suspects.take(), charge }
  }

  /** Takes out whoever came before a moment. */
  takeOlder(than: number): Waiting[] {
    return [...this.#trusted.takeOlder(than), ...this.#suspects.takeOlder(than)]
  }

  /** Of whom a command was refused travels with the suspects for a minute. */
  suspect(actor: string): void {
    this.#suspected.delete(actor)
    this.#suspected.set(actor, this.#now() + suspicionMs)
    if (this.#suspected.size > suspectsKept) {
      this.#suspected.delete(this.#suspected.keys().next().value as string)
    }
  }

  /** How long suspects still have to rest, ms. */
  #rest(): number {
    return this.#restUntil - this.#now()
  }
}
