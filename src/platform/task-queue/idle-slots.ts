/**
 * The idle slots of a worker, asleep until a task might be due.
 *
 * Promises that a wake-up reaches one slot, or the next slot that becomes idle: a slot that looked just
 * before the wake-up looks again. A slot that takes a task wakes the next one, so one wake-up is enough for
 * any number of tasks, and a wake-up without a task costs one look.
 */

import { sleep } from '../sleep.ts'

export class IdleSlots {
  readonly #asleep = new Set<() => void>()
  #isWakeUpPending = false

  /** Wakes one slot, or keeps the next one from falling asleep. */
  wakeOne(): void {
    const [wake] = this.#asleep
    if (wake) wake()
    else this.#isWakeUpPending = true
  }

  /** Resolves at a wake-up, after `ms`, or when the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isWakeUpPending) {
      this.#isWakeUpPending = false
      return
    }
    const awake = new AbortController()
    const wake = () => {
      this.#asleep.delete(wake)
      awake.abort()
    }
    this.#asleep.add(wake)
    await sleep(ms, AbortSignal.any([signal, awake.signal]))
    this.#asleep.delete(wake)
  }
}
