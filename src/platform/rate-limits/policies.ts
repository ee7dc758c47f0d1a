/**
 * The numbers of the rate limits: what is limited, by what, and how far. Each has its reason beside it.
 *
 * A route names its limit in one word (`config: { limit: 'sending' }`). Password attempts have their own
 * numbers in `passwords/attempt-policy.ts`. All servers share the counts of a quota; a rate is counted by
 * each server alone.
 */

/** At most `points` uses within `seconds`, counted from the first use. */
export interface Quota {
  readonly points: number
  readonly seconds: number
}

/** A token bucket: `burst` uses at once, refilled with `perSecond`. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The quota of each client network and, where given, of each e-mail address and each logged-in user. */
export interface Quotas {
  readonly client: Quota
  readonly account?: Quota
  readonly user?: Quota
}

/** The limits that a route can name. */
export const policies = {
  /**
   * Each registration costs a password hash and leaves an event forever. A school class can share one
   * address.
   */
  registration: {
    client: { points: 50, seconds: HOUR },
    account: { points: 10, seconds: HOUR },
  },
  /**
   * Requests for a password reset mail, which any client can make for any address. A user who waits for
   * the mail asks once or twice more; strangers must not fill the mailbox. The newest mail is valid for as
   * long as this quota counts, so strangers who use it up have sent the owner a valid link.
   */
  resetting: {
    client: { points: 50, seconds: HOUR },
    account: { points: 5, seconds: HOUR },
  },
  /**
   * Requests for a verification mail, with the same numbers but counted apart. A verified address gets no
   * mail, so strangers could otherwise use up the owner's quota for resets without a mail being sent.
   */
  resending: {
    client: { points: 50, seconds: HOUR },
    account: { points: 5, seconds: HOUR },
  },
  /**
   * Requests for another e-mail address, which send a mail to any address: a user mistypes one now and then, and
   * must not fill the mailboxes of strangers. The mails to one address have a quota of their own, too.
   */
  changingEmail: {
    client: { points: 50, seconds: HOUR },
    user: { points: 5, seconds: HOUR },
  },
  /**
   * Uses of the tokens of mails. Each reset costs a password hash, and each use can ask for a username. A
   * client with a hundred users resets and verifies less often.
   */
  redeeming: { client: { points: 100, seconds: HOUR } },
  /**
   * Messages, edits, blocks, read receipts and labels of sessions: commands that a user could repeat without
   * end, each with a permanent event. Counted in memory by each server, so that sending costs no extra write.
   * A batch holds up to 100 messages.
   */
  sending: { burst: 200, perSecond: 5 },
  /**
   * Reports of messages, which operators read one by one. A user who is harassed reports a conversation; more would
   * keep the operators from the reports of others.
   */
  reporting: {
    client: { points: 200, seconds: HOUR },
    user: { points: 30, seconds: HOUR },
  },
  /** An export reads every event of a user: a second of the database for 30,000 of them. One an hour, five at once. */
  exporting: { burst: 5, perSecond: 1 / HOUR },
} as const satisfies Record<string, Quotas | Rate>

export type LimitName = keyof typeof policies

/**
 * The quota of mails to one address, counted where they are sent (`mail/mail-quotas.ts`): each kind has a
 * share of the day, and `mailsADay` is their sum. Some kinds have fewer within an hour, so that the share lasts
 * longer.
 */
export const mailQuotas = {
  /** The link is valid for a day. */
  verificationLink: [{ points: 5, seconds: DAY }],
  /** The link is valid for an hour. A user asks once or twice more. */
  resetLink: [
    { points: 5, seconds: HOUR },
    { points: 10, seconds: DAY },
  ],
  /** To an address that was never verified, which its owner may not have entered anywhere. */
  unverifiedResetLink: [
    { points: 3, seconds: HOUR },
    { points: 5, seconds: DAY },
  ],
  /** Only changes of the account's own password count, so no stranger can use this up. */
  passwordNotice: [
    { points: 5, seconds: HOUR },
    { points: 10, seconds: DAY },
  ],
  /** That the address already has an account: anyone can cause it, and it needs no action. */
  registrationNotice: [{ points: 3, seconds: DAY }],
  /** A link that makes this address that of an account: any user can ask for it. */
  emailChangeLink: [{ points: 3, seconds: DAY }],
  /** That an account left this verified address. It comes back only with a mail to it, so no stranger repeats it. */
  emailChangeNotice: [{ points: 5, seconds: DAY }],
  /** The reset link after the owner set the address back, apart from those that a stranger can use up. */
  emailReversalLink: [{ points: 5, seconds: DAY }],
  /** That the account was deleted. Another deletion needs the link of this mail, so no stranger repeats it. */
  deletionNotice: [{ points: 5, seconds: DAY }],
  /** A login from another device: only those who have the password cause one, from as many networks as they have. */
  loginNotice: [
    { points: 3, seconds: HOUR },
    { points: 5, seconds: DAY },
  ],
  /** That wrong passwords have locked the account: a stranger needs a hundred for each. */
  lockNotice: [{ points: 1, seconds: DAY }],
  /** The username changes once a day; a worker can be late. */
  usernameNotice: [{ points: 2, seconds: DAY }],
} as const satisfies Record<string, readonly Quota[]>

/** How many mails of all kinds an address gets in a day at most: 59, of which 18 until it is verified. */
export const mailsADay = Object.values(mailQuotas)
  .flat<readonly (readonly Quota[])[]>()
  .reduce((sum, { points, seconds }) => sum + (seconds === DAY ? points : 0), 0)

/**
 * How long (seconds) a username stays reserved for the address that first requested it, where a response
 * must not reveal which address registered it. A user who waits longer and finds the name taken learns that
 * much; by then the owner of the address has read the mail.
 */
export const reservedSeconds = 90 * DAY
