/**
 * The numbers: what is limited, for whom, and how far. Each has its reason beside it.
 *
 * A route names its limit in one word (`config: { limit: 'sending' }`); password checks have theirs in
 * `password-tries.ts`. Counts are shared by all servers unless they are said to be a server's own.
 */

/** So often within so long, counted from the first time. */
export interface Quota {
  readonly points: number
  readonly seconds: number
}

/** So much at once, and then so much a second. */
export interface Flow {
  readonly burst: number
  readonly perSecond: number
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What is counted for all servers together, for whom. */
export interface Quotas {
  readonly client: Quota
  readonly account?: Quota
}

/** What a route may name. */
export const policies = {
  /** Each costs a password hash and leaves an event for ever. A school class fits behind one address. */
  registration: {
    client: { points: 50, seconds: HOUR },
    account: { points: 10, seconds: HOUR },
  },
  /**
   * Mails by which a password is set, that anybody may ask for. Whoever waits for one asks again once or
   * twice; nobody's mailbox is to be filled by others. The newest stays good for as long as this counts,
   * so strangers who use it all up have sent its owner what he needs.
   */
  resetting: {
    client: { points: 50, seconds: HOUR },
    account: { points: 5, seconds: HOUR },
  },
  /**
   * Mails by which an address is verified, as often. Counted apart: where it is verified none is sent,
   * and strangers would keep its owner from a reset by asking for nothing.
   */
  resending: {
    client: { points: 50, seconds: HOUR },
    account: { points: 5, seconds: HOUR },
  },
  /**
   * Messages, edits, blocks, and marks of how far one has read: what could be done for ever, each time with
   * an event that stays. A server's own, in memory, so that sending costs no write. A batch holds up to
   * 100 messages.
   */
  sending: { burst: 200, perSecond: 5 },
} as const satisfies Record<string, Flow | Quotas>

export type LimitName = keyof typeof policies

/**
 * Wrong passwords from one client address, over all accounts; right ones are given back. An office that
 * comes to work behind one address mistypes less; who tries common passwords on many accounts gets few.
 */
export const passwordsOfClient: Quota = { points: 50, seconds: 15 * MINUTE }

/** Wrong passwords for one account, one after the other, from where it is known or from anywhere else. */
export const passwordsOfAccount = {
  /** Two or three passwords one might have meant, mistyped, need no wait. */
  free: 5,
  /** Before the sixth; doubled before each later one: 15 s, 30 s, 1 min … */
  firstWait: 15,
  /** Who only now remembers it is let in before a coffee is drunk; 96 guesses a day lead nowhere. */
  longestWait: 15 * MINUTE,
  /** NIST SP 800-63B-4, 3.2.2: at most 100 in a row, and then the password must be reset. */
  last: 100,
  /** Counted from the first. A table that forgot nothing would grow with every address ever invented. */
  remembered: 90 * DAY,
} as const

/** How long a client address counts as known to an account after a login. */
export const clientKnown = 90 * DAY

/**
 * How long a name is whose who asked for it, where that it is registered must not tell what with. Who
 * waits for longer, and finds it taken, learns it; by then the address's owner has read his mail.
 */
export const reservedSeconds = 90 * DAY

/** The wait (seconds) that the n-th of the tries that had to wait, from 0, puts before the next. */
export function waitAfter(n: number): number {
  const { firstWait, longestWait } = passwordsOfAccount
  return Math.min(longestWait, firstWait * 2 ** n)
}
