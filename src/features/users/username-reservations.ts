/**
 * Claims: something is whose who asked for it first, until nobody has asked for so long. Kept with the
 * counts, for all servers together; of who asked a number is kept that tells nobody who it was.
 */

import type { Queryable } from '../../platform/postgres/prepared.ts'
import { createCounts } from '../../platform/rate-limits/counts.ts'
import { reservedSeconds } from '../../platform/rate-limits/policies.ts'

/**
 * Answers what gives it back where it is the owner's, now or before; undefined where it is another's.
 * One upsert decides between those who ask at once.
 */
export type Reserve = (
  name: string,
  owner: string,
) => Promise<{ readonly release: () => Promise<void> } | undefined>

/** Claims of one kind of names. */
export function createReservations(pool: Queryable, kind: string): Reserve {
  const counts = createCounts(pool)
  return async (name, owner) => {
    const [what, who] = await Promise.all([
      counts.hash(`${kind} ${name.toLowerCase()}`),
      counts.hash(`owner ${owner}`),
    ])
    // As many bits as a count has.
    const number = Number.parseInt(who.slice(0, 8), 16) >>> 1
    const key = `${kind}:${what}`
    const first = await counts.first(key, number, reservedSeconds)
    return first === number ? { release: () => counts.forget([key]) } : undefined
  }
}
