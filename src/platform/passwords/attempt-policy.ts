/**
 * The numbers of password attempts: how many are free, how long the later ones wait, and when only a
 * reset helps. Each has its reason beside it. `attempts.ts` applies them.
 */

import type { Quota } from '../rate-limits/policies.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE

/**
 * Wrong passwords from one client network, over all accounts; right ones are subtracted again. An office
 * behind one address mistypes less often. An attacker who tries common passwords on many accounts gets few.
 */
export const clientQuota: Quota = { points: 50, seconds: 15 * MINUTE }

/** Consecutive wrong passwords for one account, from one known client or from all unknown clients. */
export const accountPolicy = {
  /** A user can mistype two or three candidate passwords without a wait. */
  free: 5,
  /** Seconds before the sixth attempt; doubled before each later one: 15 s, 30 s, 1 min … */
  firstWait: 15,
  /** Short enough for a user who remembers the password late; 96 guesses a day lead nowhere. */
  longestWait: 15 * MINUTE,
  /** NIST SP 800-63B-4, 3.2.2: at most 100 in a row, and then the password must be reset. */
  last: 100,
  /** Seconds since the first attempt. Without an end, the table would grow with every invented address. */
  remembered: 90 * DAY,
} as const

/** How long (seconds) a client counts as known to an account after a login. */
export const knownClientSeconds = 90 * DAY

/** The wait (seconds) that follows the n-th delayed attempt, counted from 0. */
export function waitAfter(n: number): number {
  const { firstWait, longestWait } = accountPolicy
  return Math.min(longestWait, firstWait * 2 ** n)
}
