/**
 * A bounded pool: so much work at a time, so much waiting, in the order of arrival; what is more is
 * refused at once. A full queue answers in a millisecond what a full machine answers in a minute.
 */

import { OverloadedError } from './event-store/errors.ts'

export interface Bounds {
  /** How many run at once. */
  readonly concurrency: number
  /** How many may wait besides. */
  readonly maxWaiting: number
}

export interface BoundedPool {
  /** Runs the work now or after those that came before it. Rejects with OverloadedError when full. */
  <Result>(work: () => Promise<Result>): Promise<Result>
  /** Whether work that came this instant would have to wait. */
  readonly isBusy: () => boolean
}

/** A pool within these bounds; nobody who came later overtakes. */
export function createBoundedPool({ concurrency, maxWaiting }: Bounds): BoundedPool {
  const waiting: (() => void)[] = []
  let running = 0

  // The place is handed over, never free in between: nobody who comes now can overtake.
  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }

  async function run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running < concurrency) running += 1
    else if (waiting.length >= maxWaiting) throw new OverloadedError(waiting.length)
    else await new Promise<void>((enter) => waiting.push(enter))
    try {
      return await work()
    } finally {
      leave()
    }
  }

  return Object.assign(run, { isBusy: () => running >= concurrency })
}
