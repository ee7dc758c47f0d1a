/**
 * The rate limits of a server's routes. A route names its limit in one word; `policies.ts` has the
 * numbers. Password attempts are limited by `passwords/attempts.ts`.
 */

import type { Counts } from './counts.ts'
import { TooManyRequestsError } from './errors.ts'
import { type LimitName, policies, type Quotas, type Rate } from './policies.ts'
import { createTokenBuckets, type TokenBuckets } from './token-buckets.ts'

/** The origin of a request. Each policy chooses which of these it counts by. */
export interface Caller {
  /** The client's network, from `networkOf`. */
  readonly client: string
  /** The e-mail address in the request, for routes that are limited by it. */
  readonly account?: string | undefined
  /** The id of the logged-in user. */
  readonly user?: string | undefined
}

export interface Limits {
  /** Counts `cost` uses of a limit. Throws TooManyRequestsError. */
  readonly count: (limit: LimitName, caller: Caller, cost: number) => Promise<void>
}

type Count = (caller: Caller, cost: number) => Promise<void>

/** The limits over these counts; token buckets are kept in the memory of this process. */
export function createLimits(counts: Counts): Limits {
  const countBy = Object.fromEntries(
    Object.entries(policies).map(([name, policy]) => [
      name,
      'burst' in policy
        ? countInMemory(name, policy, createTokenBuckets(policy))
        : countInDatabase(name, policy, counts),
    ]),
  ) as Record<LimitName, Count>
  return { count: (limit, caller, cost) => countBy[limit](caller, cost) }
}

/** No limits: `RATE_LIMITS=off`. */
export const noLimits: Limits = { count: async () => {} }

function countInMemory(name: string, { burst, perSecond }: Rate, buckets: TokenBuckets): Count {
  return async ({ user, client }, cost) => {
    const waitMs = buckets.take(user ?? client, cost)
    if (waitMs === 0) return
    const seconds = Math.ceil(burst / perSecond)
    throw new TooManyRequestsError({ name, quota: burst, seconds, waitMs })
  }
}

/** The client is counted first: a client over its limit must not use up another person's address. */
function countInDatabase(name: string, quotas: Quotas, counts: Counts): Count {
  const counters = (['client', 'account', 'user'] as const).flatMap((per) => {
    const quota = quotas[per]
    return quota
      ? [{ per, quota, counter: counts.counter(quota, { blockInMemoryAt: 4 * quota.points }) }]
      : []
  })
  return async (caller) => {
    for (const { per, quota, counter } of counters) {
      const subject = caller[per]
      if (subject === undefined) continue
      const hash = await counts.hash(`${per} ${subject.toLowerCase()}`)
      const waitMs = await counter.count(`${name}:${hash}`)
      if (waitMs === undefined) continue
      const { points, seconds } = quota
      throw new TooManyRequestsError({ name: `${name}-${per}`, quota: points, seconds, waitMs })
    }
  }
}
