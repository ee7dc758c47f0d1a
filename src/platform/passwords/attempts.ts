/**
 * Attempts at the password of an account. Each is counted before anything is hashed, and upserts decide
 * how many are allowed, so concurrent attempts on any number of servers cannot exceed the limit.
 *
 * All attempts at an account pass one gate, and all of a client share its quota. Both could be used to lock
 * users out, so a client that logged in to the account recently is exempt: its correct password is accepted
 * even if the gate or the quota refuses, within a gate of its own. A wrong one gets the refusal that every
 * client gets, after the same work, so that no response shows which accounts a network uses.
 *
 * Each attempt also costs a hash, whether or not the password is correct, so these are limited, too
 * (`check-quotas.ts`), with the same exemption. Whether the account exists is not known here: an address
 * without an account is counted in the same way.
 */

import type { Counts } from '../rate-limits/counts.ts'
import { TooManyRequestsError } from '../rate-limits/errors.ts'
import type { Quota } from '../rate-limits/policies.ts'
import {
  type Admitted,
  createGates,
  type Gates,
  PasswordResetRequiredError,
} from './attempt-gate.ts'
import { clientQuota, knownClientSeconds, rightQuota } from './attempt-policy.ts'
import { createCheckQuotas } from './check-quotas.ts'

/** The account whose password is attempted, and the origin of the attempt. */
export interface PasswordAttempt {
  /** The e-mail address, in any capitals. */
  readonly account: string
  /** The client's network, from `networkOf`. */
  readonly client: string
}

/**
 * Runs `verify` unless the client or the account has used up its hashes, and returns its result. Throws
 * TooManyRequestsError or PasswordResetRequiredError when the attempt is not allowed, whatever the result
 * was. When `verify` throws, for example because the server is overloaded, the attempt does not count.
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

/** A client that continues this long after its first rejection is rejected without a write. */
const blockInMemoryAt = 4 * clientQuota.points
/** A login extends the time for which the client is known; one write a month is enough for that. */
const renewBelowMs = (2 / 3) * knownClientSeconds * 1000

/** Called with an account at which no wrong password is accepted any more, after each attempt at it. */
export type OnLocked = (account: string) => Promise<void>

/** The password attempts of all servers that share these counts. */
export function createPasswordAttempts(
  counts: Counts,
  onLocked: OnLocked = async () => {},
): PasswordAttempts {
  const counters = { ...createCounters(counts), onLocked }
  return {
    checkPassword: (attempt, verify) => checkAttempt(counters, attempt, verify),
    resetAttempts: async (attempt) => {
      const keys = await keysOf(counts, attempt)
      await Promise.all([counts.removeByPrefix(keys.ofAccount), counters.known.renew(keys.known)])
    },
  }
}

type Counters = ReturnType<typeof createCounters> & { readonly onLocked: OnLocked }

function createCounters(counts: Counts) {
  return {
    counts,
    byClient: counts.counter(clientQuota, { blockInMemoryAt }),
    known: counts.counter({ points: 1, seconds: knownClientSeconds }),
    gates: createGates(counts),
    countCheck: createCheckQuotas(counts),
    countRight: counted(counts, 'right-passwords', rightQuota),
  }
}

async function checkAttempt(
  { counts, byClient, known, gates, countCheck, countRight, onLocked }: Counters,
  attempt: PasswordAttempt,
  verify: () => Promise<boolean>,
): Promise<boolean> {
  const keys = await keysOf(counts, attempt)
  const check = await countCheck(keys)
  const [waitMs, knownMs] = await Promise.all([
    byClient.count(keys.client),
    known.remainingMs(keys.known),
  ])
  const isOver = waitMs !== undefined
  const refusal = isOver ? tooMany('passwords-client', clientQuota, waitMs) : undefined
  const { admitted, refused, isLocked } = await pass(gates, keys, check.refusal ?? refusal)
  // A rejected attempt can be counted in memory only; subtracting it would raise the quota.
  const uncountClient = async () => !isOver && counts.subtract(keys.client)
  const isRight = await verify().catch(async (error: unknown) => {
    await Promise.allSettled([admitted?.uncount(), uncountClient(), check.uncount()])
    throw error
  })
  const isRefused = refused !== undefined && !(isRight && admitted && knownMs > 0)
  if ((isRefused || !isRight) && isLocked) await onLocked(attempt.account)
  if (isRefused) throw refused
  if (!isRight) return false
  const forgotten = forget(gates, keys, knownMs > 0)
  const renewed = knownMs < renewBelowMs && known.renew(keys.known)
  await Promise.all([forgotten, admitted?.reopen(), uncountClient(), check.accept(), renewed])
  // Last: a correct password that is one too many must not count as a wrong one.
  await countRight(keys.right)
  return true
}

/** Unlimited attempts: `RATE_LIMITS=off`. */
export const unlimitedAttempts: PasswordAttempts = {
  checkPassword: (_attempt, verify) => verify(),
  resetAttempts: async () => {},
}

/** Counts one use under a key. Throws TooManyRequestsError beyond the quota. */
function counted(counts: Counts, name: string, quota: Quota): (key: string) => Promise<void> {
  const counter = counts.counter(quota, { blockInMemoryAt: 2 * quota.points })
  return async (key) => {
    const waitMs = await counter.count(key)
    if (waitMs !== undefined) throw tooMany(name, quota, waitMs)
  }
}

/** The keys of the counts; those of one account share a prefix. */
async function keysOf(counts: Counts, { account, client }: PasswordAttempt) {
  const [accountHash, clientHash] = await Promise.all([
    counts.hash(`account ${account.toLowerCase()}`),
    counts.hash(`client ${client}`),
  ])
  return {
    clientHash,
    client: `passwords:${clientHash}`,
    checks: `checks:${clientHash}`,
    lateChecks: `late:${clientHash}`,
    latePair: `tries:${accountHash}:late:${clientHash}`,
    right: `right:${accountHash}`,
    known: `known:${accountHash}:${clientHash}`,
    ofAccount: `tries:${accountHash}:`,
    ofAll: `tries:${accountHash}:all`,
    ofClient: `tries:${accountHash}:${clientHash}`,
  }
}

type Keys = Awaited<ReturnType<typeof keysOf>>

/** Where an attempt stands before it is verified. */
interface Passed {
  /** Absent when even the gate that known clients have to themselves refused the attempt. */
  readonly admitted?: Admitted
  /** The error of an attempt that is not exempt. */
  readonly refused?: Error
  /** Unless the password is right, the gate of all clients admits no attempt after this one. */
  readonly isLocked: boolean
}

/** Passes the gate of all clients, or else the client's own gate, where only known clients have a chance. */
async function pass(
  gates: Gates,
  { ofAll, ofClient, clientHash }: Keys,
  refusal: Error | undefined,
): Promise<Passed> {
  const atGate = (prefix: string) => gates.admit(prefix, clientHash).catch(toRefusal)
  const first = refusal ?? (await atGate(ofAll))
  if (!(first instanceof Error)) return { admitted: first, isLocked: first.isLast }
  const isLocked = first instanceof PasswordResetRequiredError
  const second = await atGate(ofClient)
  const refused = { refused: first, isLocked }
  return second instanceof Error ? refused : { ...refused, admitted: second }
}

/** Forgets attempts after a correct password: of all clients, or of this one where it is exempt. */
async function forget(gates: Gates, { ofAll, ofClient, clientHash }: Keys, isKnown: boolean) {
  if (!isKnown) await gates.clear(ofAll)
  else await Promise.all([gates.forgive(ofAll, clientHash), gates.clear(ofClient)])
}

function toRefusal(error: unknown): Error {
  const isRefusal =
    error instanceof TooManyRequestsError || error instanceof PasswordResetRequiredError
  if (isRefusal) return error
  throw error
}

function tooMany(name: string, { points, seconds }: Quota, waitMs: number): TooManyRequestsError {
  return new TooManyRequestsError({ name, quota: points, seconds, waitMs })
}
