/**
 * Who waits to be written, and who goes next: two queues, so that nobody pays for the refusals of
 * another.
 *
 * A refused command makes its batch dear: the database tries halves of halves until it has found it.
 * So actors who were refused within the last minute travel apart, few at a time, and after each
 * batch of theirs they rest. Both queues are bounded. Among penalized, who may be one attacker and many
 * who once mistook a name, actors take turns.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { PendingAppend } from './pending-append.ts'
import { Queue } from './queue.ts'

/**
 * Of the first queue: at 10,000 commands a second the last of 2,000 waits a fifth of one; past 256
 * events in a batch one costs hardly less, and 3,400 of which many are refused held the append lock
 * for 2.5 s. Of the queue of penalized: four events that are all refused take seven tries, about as long
 * as a batch of thirty good ones, which is what a good one may have to wait.
 */
const trustedBounds = { waiting: 2_000, waitingSize: 2 ** 25, batch: 256, batchSize: 2 ** 20 }
const penaltyBounds = {
  waiting: 250,
  waitingSize: 2 ** 22,
  batch: 4,
  batchSize: 2 ** 18,
  byTurns: true,
}

const penaltyMs = 60_000
/** Actors remembered; the oldest is forgotten first. */
const maxPenalized = 10_000

/**
 * How long penalized rest after a batch, in times of what it took: they get a third of the writer's
 * time, and everybody else two thirds, also while nobody else waits: those who were just answered
 * may be about to come again.
 */
const cooldownFactor = 2
/**
 * What takes longer than a batch of theirs can, a restart of the database, say, is not their fault. A
 * hundred messages together, one of them refused, take up to 100 ms on a busy machine.
 */
const maxCooldownMs = 250

/** Both queues, and who belongs into which. One writer takes from them, a batch at a time. */
export class AppendQueues {
  readonly #trusted = new Queue(trustedBounds)
  readonly #penalized = new Queue(penaltyBounds)
  /** Until when each is penalizedUntil, oldest first. */
  readonly #penalizedUntil = new Map<string, number>()
  readonly #now: () => number
  #cooldownUntil = 0
  #wake = () => {}

  /** `now` is a clock that never goes back, in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  get length(): number {
    return this.#trusted.length + this.#penalized.length
  }

  /** Throws OverloadedError when too many are waiting, or has a penalize who sent more refused. */
  add(waiting: PendingAppend): void {
    const until = this.#penalizedUntil.get(waiting.request.actor) ?? 0
    if (until > this.#now()) this.#penalized.add(waiting)
    else {
      this.#trusted.add(waiting)
      this.#wake()
    }
  }

  /** Resolves when somebody may go: at once, unless only penalized wait, and rest. */
  async ready(): Promise<void> {
    for (
      let rest = this.#cooldown();
      rest > 0 && this.#trusted.length === 0;
      rest = this.#cooldown()
    ) {
      const over = new AbortController()
      this.#wake = () => over.abort()
      await pause(rest, undefined, { signal: over.signal }).catch(() => undefined)
    }
  }

  /** Whoever goes next; `settle` says afterwards how long it took, ms. */
  next(): { batch: PendingAppend[]; settle: (ms: number) => void } {
    if (this.#penalized.length === 0 || (this.#trusted.length > 0 && this.#cooldown() > 0)) {
      return { batch: this.#trusted.take(), settle: () => undefined }
    }
    const settle = (ms: number) => {
      this.#cooldownUntil = this.#now() + Math.min(cooldownFactor * ms, maxCooldownMs)
    }
    return { batch: this.#penalized.take(), settle }
  }

  /** Takes out whoever came before a moment. */
  takeOlder(than: number): PendingAppend[] {
    return [...this.#trusted.takeOlder(than), ...this.#penalized.takeOlder(than)]
  }

  /** Of whom a command was refused travels with the penalized for a minute. */
  penalize(actor: string): void {
    this.#penalizedUntil.delete(actor)
    this.#penalizedUntil.set(actor, this.#now() + penaltyMs)
    if (this.#penalizedUntil.size > maxPenalized) {
      this.#penalizedUntil.delete(this.#penalizedUntil.keys().next().value as string)
    }
  }

  /** How long penalized still have to rest, ms. */
  #cooldown(): number {
    return this.#cooldownUntil - this.#now()
  }
}
