/**
 * Token buckets in memory (GCRA): so much at once, and then so much a second. Of each bucket only the
 * time at which it is full again is kept, and of a full one nothing.
 */

import type { Flow } from './policies.ts'

export interface Buckets {
  /** Takes so much out of somebody's bucket: 0, or how long (ms) there is not that much in it. */
  take(owner: string, cost: number): number
  /** How many are not full. */
  readonly size: () => number
}

/** Fewer than these are not worth looking through. */
const SWEEP_FROM = 1_000

/** `now` is a clock in ms that never goes back. */
export function createBuckets(
  { burst, perSecond }: Flow,
  now: () => number = () => performance.now(),
): Buckets {
  const fullAt = new Map<string, number>()
  const costMs = 1000 / perSecond
  let sweepAt = SWEEP_FROM

  /** Whenever there are twice as many as the last sweep left, so that its cost is shared by all. */
  function sweep(time: number): void {
    for (const [owner, at] of fullAt) if (at <= time) fullAt.delete(owner)
    sweepAt = Math.max(SWEEP_FROM, 2 * fullAt.size)
  }

  function take(owner: string, cost: number): number {
    const time = now()
    const at = Math.max(time, fullAt.get(owner) ?? 0) + cost * costMs
    const wait = at - time - burst * costMs
    if (wait > 0) return wait
    fullAt.set(owner, at)
    if (fullAt.size >= sweepAt) sweep(time)
    return 0
  }

  return { take, size: () => fullAt.size }
}
