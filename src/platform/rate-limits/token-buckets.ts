/**
 * Token buckets in memory (GCRA): a burst at once, then a constant rate. For each bucket only the time at
 * which it is full again is stored, and a full bucket is not stored at all.
 */

import type { Rate } from './policies.ts'

export interface TokenBuckets {
  /** Takes `cost` tokens of an owner. Returns 0, or how long (ms) until the bucket holds as many. */
  take(owner: string, cost: number): number
  /** How many buckets are stored. */
  readonly size: () => number
}

/** A smaller map is not worth a sweep. */
const MIN_SWEEP_SIZE = 1_000

/** Full buckets of this rate. `now` is a monotonic clock in ms. */
export function createTokenBuckets(
  { burst, perSecond }: Rate,
  now: () => number = () => performance.now(),
): TokenBuckets {
  const fullAt = new Map<string, number>()
  const costMs = 1000 / perSecond
  let sweepAt = MIN_SWEEP_SIZE

  /** Runs when the map has doubled since the last sweep, so each `take` pays a constant share. */
  function sweep(time: number): void {
    for (const [owner, at] of fullAt) if (at <= time) fullAt.delete(owner)
    sweepAt = Math.max(MIN_SWEEP_SIZE, 2 * fullAt.size)
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
