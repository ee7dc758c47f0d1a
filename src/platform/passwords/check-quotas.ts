/**
 * The quotas of the checks of passwords from one client: each check costs a hash, whether or not the password
 * is correct.
 *
 * All users behind one address share the first quota, and any of them can use it up. Beyond it, a few checks
 * are still made: some for each pair of account and client, and some from the client in all. `attempts.ts`
 * accepts only a correct password there, from a client that is known to the account. This module does not
 * look whether it is known, so neither the work nor the refusal of a wrong password shows it.
 */

import type { Counts } from '../rate-limits/counts.ts'
import { TooManyRequestsError } from '../rate-limits/errors.ts'
import type { Quota } from '../rate-limits/policies.ts'
import { checkQuota, lateCheckQuota, latePairQuota } from './attempt-policy.ts'

/** The keys of a check's counts. */
export interface CheckKeys {
  /** Of the client. */
  readonly checks: string
  /** Of the client, beyond the first quota. */
  readonly lateChecks: string
  /** Of the account and the client together, beyond the first quota. */
  readonly latePair: string
}

/** A check that may be made. */
export interface CountedCheck {
  /** The refusal of a check beyond the first quota, unless it is exempt. */
  readonly refusal: TooManyRequestsError | undefined
  /** The check was not made: removes it from the counts. */
  readonly uncount: () => Promise<unknown>
  /** The password was accepted, so the check does not count for the pair. */
  readonly accept: () => Promise<unknown>
}

/** Counts a check. Throws TooManyRequestsError when no hash may be spent on it. */
export type CountCheck = (keys: CheckKeys) => Promise<CountedCheck>

/** The quotas of all servers that share these counts. */
export function createCheckQuotas(counts: Counts): CountCheck {
  const all = counts.counter(checkQuota, { blockInMemoryAt: 2 * checkQuota.points })
  const late = counts.counter(lateCheckQuota, { blockInMemoryAt: 2 * lateCheckQuota.points })
  // Not blocked in memory, because a reset of the password removes this count.
  const pair = counts.counter(latePairQuota)
  const subtract = (...keys: string[]) =>
    Promise.all(keys.map((key) => counts.subtractOrExpire(key)))

  return async ({ checks, lateChecks, latePair }) => {
    const waitMs = await all.count(checks)
    if (waitMs === undefined) {
      return { refusal: undefined, uncount: () => subtract(checks), accept: async () => {} }
    }
    const refusal = tooManyChecks(checkQuota, waitMs)
    // The pair first: repeated attempts at one account must not use up the checks of the others.
    if ((await pair.count(latePair)) !== undefined) throw refusal
    const lateMs = await late.count(lateChecks)
    if (lateMs !== undefined) {
      await subtract(latePair)
      throw tooManyChecks(lateCheckQuota, lateMs)
    }
    const accept = () => subtract(latePair)
    return { refusal, uncount: () => subtract(latePair, lateChecks), accept }
  }
}

function tooManyChecks({ points, seconds }: Quota, waitMs: number): TooManyRequestsError {
  return new TooManyRequestsError({ name: 'password-checks', quota: points, seconds, waitMs })
}
