/**
 * How long a session lasts. A session slides: it expires `SESSION_DAYS` after the end of the day (UTC) on which it
 * was last used, since uses are recorded once a day. `SESSION_MAX_DAYS` after the login it ends in any case.
 *
 * Both are fixed at the login, in the event. This file computes the first period; `session-uses.ts` prolongs it.
 */

const DAY_MS = 24 * 60 * 60 * 1000

export interface SessionPeriod {
  /** How many days a session lasts after the day of its last use. */
  readonly sessionDays: number
  /** How many days it lasts after the login at most; 0 for any number. */
  readonly sessionMaxDays: number
}

/** The period of a session that starts now and is never used again, and the end that no use moves. */
export function firstPeriod(now: Date, { sessionDays, sessionMaxDays }: SessionPeriod) {
  const endOfDay = (Math.floor(now.getTime() / DAY_MS) + 1) * DAY_MS
  const idle = new Date(endOfDay + sessionDays * DAY_MS)
  if (sessionMaxDays === 0) return { expiresAt: idle, endsAt: null }
  const endsAt = new Date(now.getTime() + sessionMaxDays * DAY_MS)
  return { expiresAt: endsAt < idle ? endsAt : idle, endsAt }
}
