/**
 * A semaphore with a bounded queue: limits how much work runs at once and how much waits, first come,
 * first served. More work is rejected immediately: a full queue answers in a millisecond what an
 * overloaded machine answers in a minute.
 */

import { OverloadedError } from './overloaded-error.ts'

export interface Bounds {
  /** How many run at once. */
  readonly concurrency: number
  /** How many more can wait. */
  readonly maxWaiting: number
}

export interface Semaphore {
  /** Runs the work now or after all earlier work. Rejects with OverloadedError when the queue is full. */
  <Result>(work: () => Promise<Result>): Promise<Result>
  /** Whether new work would have to wait. */
  readonly isBusy: () => boolean
}

/** A semaphore with these bounds, in the order of arrival. */
export function createSemaphore({ concurrency, maxWaiting }: Bounds): Semaphore {
  const waiting: (() => void)[] = []
  let running = 0

  // A place goes straight to the next in the queue and is never free in between, so no newcomer overtakes.
  function release(): void {
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
      release()
    }
  }

  return Object.assign(run, { isBusy: () => running >= concurrency })
}
