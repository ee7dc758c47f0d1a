/**
 * Attempts at the password of an account. Each is counted before anything is hashed, and upserts decide
 * how many are allowed, so concurrent attempts on any number of servers cannot exceed the limit.
 *
 * The first few consecutive attempts need no wait. Then a gate admits one attempt at a time and stays
 * closed for a growing time. After the last attempt only a reset helps. Attempts from each client that
 * logged in recently have counts of their own, so strangers cannot lock out the owner. Whether the account
 * exists is not known here: an address without an account is counted in the same way.
 */

import type { Counts } from '../rate-limits/counts.ts'
import { TooManyRequestsError } from '../rate-limits/errors.ts'
import { accountPolicy, clientQuota, knownClientSeconds, waitAfter } from './attempt-policy.ts'

/** The account whose password is attempted, and the origin of the attempt. */
export interface PasswordAttempt {
  /** The e-mail address, in any capitals. */
  readonly account: string
  /** The client's network, from `networkOf`. */
  readonly client: string
}

/**
 * Runs `verify` if an attempt is allowed now, and returns its result. Throws TooManyRequestsError or
 * PasswordResetRequiredError without running it. When `verify` throws, for example because the server is
 * overloaded, the attempt does not count.
 */
export type CheckPassword = (
  attempt: PasswordAttempt,
  verify: () => Promise<boolean>,
) => Promise<boolean>

export interface PasswordAttempts {
  readonly checkPassword: CheckPassword
  /** After a password reset: clears every count of the account and makes the client known to it. */
  readonly resetAttempts: (attempt: PasswordAttempt) => Promise<void>
}

/** The account has had too many consecutive wrong passwords. No wait helps, only a password reset. */
export class PasswordResetRequiredError extends Error {
  override readonly name = 'PasswordResetRequiredError'
  readonly code = 'password_reset_required'

  constructor(failures: number) {
    super(`${failures} consecutive passwords were wrong; the password must be reset`)
  }
}

const { free, last, remembered, longestWait } = accountPolicy
/** The gate is open at first: the last of the free attempts passes through it. */
const beforeGate = free - 1
const throughGate = last - beforeGate
/** A client that continues this long after its first rejection is rejected without a write. */
const blockInMemoryAt = 4 * clientQuota.points
/** A login extends the time for which the client is known; one write a month is enough for that. */
const renewBelowMs = (2 / 3) * knownClientSeconds * 1000

/** The password attempts of all servers that share these counts. */
export function createPasswordAttempts(counts: Counts): PasswordAttempts {
  const byClient = counts.counter(clientQuota, { blockInMemoryAt })
  const known = counts.counter({ points: 1, seconds: knownClientSeconds })
  const admit = createGate(counts)

  async function checkPassword(
    attempt: PasswordAttempt,
    verify: () => Promise<boolean>,
  ): Promise<boolean> {
    const keys = await keysOf(counts, attempt)
    const [waitMs, knownMs] = await Promise.all([
      byClient.count(keys.client),
      known.remainingMs(keys.known),
    ])
    // A known client is limited by the account's own count alone. Otherwise fifty wrong passwords for any
    // accounts would keep every user behind the same address from logging in.
    if (waitMs !== undefined && knownMs === 0) throw tooManyOfClient(waitMs)
    // A rejected attempt can be counted in memory only; subtracting it would raise the quota.
    const uncountClient = async () => waitMs === undefined && counts.subtract(keys.client)
    const { uncount, clear } = await admit(knownMs > 0 ? keys.fromClient : keys.fromUnknown)
    const isRight = await verify().catch(async (error: unknown) => {
      await Promise.allSettled([uncount(), uncountClient()])
      throw error
    })
    if (isRight) {
      const renewed = knownMs < renewBelowMs && known.renew(keys.known)
      await Promise.all([clear(), uncountClient(), renewed])
    }
    return isRight
  }

  async function resetAttempts(attempt: PasswordAttempt): Promise<void> {
    const keys = await keysOf(counts, attempt)
    await Promise.all([counts.removeByPrefix(keys.ofAccount), known.renew(keys.known)])
  }

  return { checkPassword, resetAttempts }
}

/** Unlimited attempts: `RATE_LIMITS=off`. */
export const unlimitedAttempts: PasswordAttempts = {
  checkPassword: (_attempt, verify) => verify(),
  resetAttempts: async () => {},
}

/** The keys of the counts; those of one account share a prefix. */
async function keysOf(counts: Counts, { account, client }: PasswordAttempt) {
  const [accountHash, clientHash] = await Promise.all([
    counts.hash(`account ${account.toLowerCase()}`),
    counts.hash(`client ${client}`),
  ])
  return {
    client: `passwords:${clientHash}`,
    known: `known:${accountHash}:${clientHash}`,
    ofAccount: `tries:${accountHash}:`,
    fromClient: `tries:${accountHash}:${clientHash}`,
    fromUnknown: `tries:${accountHash}:elsewhere`,
  }
}

/** An admitted attempt, and what can become of its count. */
interface Admitted {
  /** The attempt was not carried out: removes it from the count. */
  readonly uncount: () => Promise<unknown>
  /** The password was right: the next wrong one is again the first in a row. */
  readonly clear: () => Promise<void>
}

/** Admits and counts attempts; `origin` is the prefix of the keys they are counted under. */
function createGate(counts: Counts): (origin: string) => Promise<Admitted> {
  const direct = counts.counter({ points: beforeGate, seconds: remembered })
  const gate = counts.counter({ points: 1, seconds: longestWait })
  const passed = counts.counter({ points: throughGate, seconds: remembered })

  return async (origin) => {
    const keys = { direct: `${origin}:direct`, gate: `${origin}:gate`, passed: `${origin}:passed` }
    const clear = () => counts.remove(Object.values(keys))
    const [rejected, through] = await Promise.all([
      direct.count(keys.direct),
      passed.read(keys.passed),
    ])
    if (through >= throughGate) throw new PasswordResetRequiredError(last)
    // An overloaded server rejects many attempts, and none of them must leave a row for months.
    if (rejected === undefined)
      return { uncount: () => counts.subtractOrExpire(keys.direct), clear }
    // The gate admits one at a time, so no race can change the number that the wait depends on.
    const waitMs = await gate.count(keys.gate, waitAfter(through))
    if (waitMs !== undefined) throw tooManyOfAccount(through, waitMs)
    await passed.add(keys.passed)
    const uncount = () => Promise.all([counts.subtract(keys.passed), counts.remove([keys.gate])])
    return { uncount, clear }
  }
}

function tooManyOfClient(waitMs: number): TooManyRequestsError {
  const { points, seconds } = clientQuota
  return new TooManyRequestsError({ name: 'passwords-client', quota: points, seconds, waitMs })
}

function tooManyOfAccount(through: number, waitMs: number): TooManyRequestsError {
  const seconds = waitAfter(Math.max(0, through - 1))
  return new TooManyRequestsError({ name: 'passwords-account', quota: 1, seconds, waitMs })
}
