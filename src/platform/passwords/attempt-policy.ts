/**
 * The numbers of password attempts: how many are free, how long the later ones wait, and when only a
 * reset helps. Each has its reason beside it. `attempts.ts` applies them.
 */

import type { Quota } from '../rate-limits/policies.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE

/**
 * Checks of passwords from one client network, correct or wrong: each costs a hash of 25 to 50 ms. All of an
 * office of a thousand can log in within the same quarter of an hour; a client that never stops keeps
 * a processor busy for less than a twentieth of the time.
 */
export const checkQuota: Quota = { points: 1_000, seconds: 15 * MINUTE }

/**
 * Checks from one client network beyond `checkQuota`. Only the correct password of an account to which the
 * client is known is accepted there, so others behind a user's address do not lock the user out. With these,
 * one client takes less than a tenth of a processor. An attacker who keeps inventing accounts can use this
 * quota up, too: no response may show which accounts are known, so invented ones count as well. Its time is
 * short, so that logins succeed again soon after the attack ends.
 */
export const lateCheckQuota: Quota = { points: 10, seconds: 20 }

/**
 * The part of `lateCheckQuota` for one account, known or not: as many as are free at first. Those who repeat
 * attempts at a few accounts thus leave the rest to others. Accepted passwords are subtracted again.
 */
export const latePairQuota: Quota = { points: 5, seconds: 15 * MINUTE }

/**
 * Correct passwords for one account, from all clients: each login records an event. A script that logs in
 * before each of its requests gets as far as one request in nine seconds. Wrong ones are limited below.
 */
export const rightQuota: Quota = { points: 100, seconds: 15 * MINUTE }

/**
 * Wrong passwords from one client network, over all accounts; correct ones are subtracted again. An office
 * behind one address mistypes less often. An attacker who tries common passwords on many accounts gets few.
 */
export const clientQuota: Quota = { points: 50, seconds: 15 * MINUTE }

/**
 * Consecutive wrong passwords for one account from all clients. Once these are used up, the same numbers
 * apply to each client that is known to the account.
 */
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
