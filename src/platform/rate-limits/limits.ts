/**
 * All limits of a server, put together: what a route names, and tries at passwords.
 */

import { createPasswordTries, type PasswordTries } from '../passwords/attempts.ts'
import type { Queryable } from '../postgres/prepared.ts'
import { type Buckets, createBuckets } from './buckets.ts'
import { type Counts, createCounts } from './counts.ts'
import { TooManyRequestsError } from './errors.ts'
import { type Flow, type LimitName, policies, type Quotas } from './policies.ts'

/** Who asks. What of it counts is the policy's to say. */
export interface Asking {
  /** The client's network, from `networkOf`. */
  readonly client: string
  /** The e-mail address that it is about, where the route says so. */
  readonly account?: string | undefined
  /** The user who is logged in. */
  readonly user?: string | undefined
}

export interface Limits extends PasswordTries {
  /** Counts something that a route does, `cost` of it. Throws TooManyRequestsError. */
  readonly count: (limit: LimitName, asking: Asking, cost: number) => Promise<void>
}

type Count = (asking: Asking, cost: number) => Promise<void>

export function createLimits(pool: Queryable): Limits {
  const counts = createCounts(pool)
  const counting = Object.fromEntries(
    Object.entries(policies).map(([name, policy]) => [
      name,
      'burst' in policy
        ? countInMemory(name, policy, createBuckets(policy))
        : countTogether(name, policy, counts),
    ]),
  ) as Record<LimitName, Count>
  return {
    ...createPasswordTries(counts),
    count: (limit, asking, cost) => counting[limit](asking, cost),
  }
}

/** No limits at all: `RATE_LIMITS=off`. */
export const noLimits: Limits = {
  count: async () => {},
  tryPassword: (_tried, check) => check(),
  forgive: async () => {},
}

function countInMemory(name: string, { burst, perSecond }: Flow, buckets: Buckets): Count {
  return async ({ user, client }, cost) => {
    const waitMs = buckets.take(user ?? client, cost)
    if (waitMs === 0) return
    const seconds = Math.ceil(burst / perSecond)
    throw new TooManyRequestsError({ name, quota: burst, seconds, waitMs })
  }
}

/** The client first: who is refused for that is not counted for somebody else's address. */
function countTogether(name: string, quotas: Quotas, counts: Counts): Count {
  const counted = (['client', 'account'] as const).flatMap((per) => {
    const quota = quotas[per]
    return quota
      ? [{ per, quota, counter: counts.counter(quota, { hammering: 4 * quota.points }) }]
      : []
  })
  return async (asking) => {
    for (const { per, quota, counter } of counted) {
      const who = asking[per]
      if (who === undefined) continue
      const hash = await counts.hash(`${per} ${who.toLowerCase()}`)
      const waitMs = await counter.count(`${name}:${hash}`)
      if (waitMs === undefined) continue
      const { points, seconds } = quota
      throw new TooManyRequestsError({ name: `${name}-${per}`, quota: points, seconds, waitMs })
    }
  }
}
