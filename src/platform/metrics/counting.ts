/**
 * Counts facts, up to a hundred of a kind at a time: code that has just run runs several times faster than code that
 * runs now and then between requests, so a single caller does not wait for the metrics.
 */

import type { Measurement } from './measurements.ts'

const atATime = 100

export class Counting {
  readonly #stops: (() => void)[] = []
  readonly #counts: (() => void)[] = []

  /** Calls `take` with each fact from now on, at the latest when `catchUp` is called. */
  read<Fact extends object>(measurement: Measurement<Fact>, take: (fact: Fact) => void): void {
    let waiting: Fact[] = []
    const count = () => {
      const facts = waiting
      waiting = []
      for (const fact of facts) take(fact)
    }
    this.#counts.push(count)
    this.#stops.push(
      measurement.read((fact) => {
        if (waiting.push(fact) >= atATime) count()
      }),
    )
  }

  /** Counts what waits. */
  catchUp(): void {
    for (const count of this.#counts) count()
  }

  /** Takes no more facts. */
  close(): void {
    for (const stop of this.#stops) stop()
  }
}
