/**
 * Tries at the password of an account: each is counted before anything is hashed, and how many may be
 * made is decided by upserts, so that no number of them at once, on any number of servers, gets further.
 *
 * The first few in a row need no wait. Then a gate lets one through, and stays shut for a time that
 * grows. After the last there is only a reset. Tries from where the account has logged in lately are
 * counted apart, for each such place, so that nobody can lock out whoever is at home. Whether there is
 * such an account is not known here: one that nobody has is counted alike.
 */

import type { Counts } from '../rate-limits/counts.ts'
import { PasswordResetRequiredError, TooManyRequestsError } from '../rate-limits/errors.ts'
import {
  clientKnown,
  passwordsOfAccount,
  passwordsOfClient,
  waitAfter,
} from '../rate-limits/policies.ts'

/** Whose password is tried, and from where. */
export interface Try {
  /** His e-mail address, in whatever capitals. */
  readonly account: string
  /** The client's network, from `networkOf`. */
  readonly client: string
}

/**
 * Runs a check of a password if one may be made now, and answers what it says. Throws
 * TooManyRequestsError or PasswordResetRequiredError without running it. A check that throws, because
 * there is too much to do, say, was no try.
 */
export type TryPassword = (tried: Try, check: () => Promise<boolean>) => Promise<boolean>

export interface PasswordTries {
  readonly tryPassword: TryPassword
  /** Begins anew, after a reset: nothing is counted for the account, and the client is known to it. */
  readonly forgive: (tried: Try) => Promise<void>
}

const { free, last, remembered, longestWait } = passwordsOfAccount
/** The gate, which at first is open, lets the last of the free ones through. */
const beforeGate = free - 1
const throughGate = last - beforeGate
/** Who goes on this long after he was refused is not worth a write. */
const hammering = 4 * passwordsOfClient.points
/** A known client that logs in is known for longer, which is written down once in a month. */
const renewBelowMs = (2 / 3) * clientKnown * 1000

export function createPasswordTries(counts: Counts): PasswordTries {
  const ofClient = counts.counter(passwordsOfClient, { hammering })
  const known = counts.counter({ points: 1, seconds: clientKnown })
  const letIn = createGate(counts)

  async function tryPassword(tried: Try, check: () => Promise<boolean>): Promise<boolean> {
    const keys = await keysOf(counts, tried)
    const [waitMs, knownMs] = await Promise.all([
      ofClient.count(keys.client),
      known.left(keys.known),
    ])
    // At home an account's own count is enough: or anybody behind the same address could keep all who
    // live there from logging in, by fifty wrong passwords of whomever.
    if (waitMs !== undefined && knownMs === 0) throw tooManyOfClient(waitMs)
    // What was refused may have been counted in memory alone, and nothing is to be had back for that.
    const giveBack = async () => waitMs === undefined && counts.giveBack(keys.client)
    const { takeBack, clear } = await letIn(knownMs > 0 ? keys.here : keys.elsewhere)
    const right = await check().catch(async (error: unknown) => {
      await Promise.allSettled([takeBack(), giveBack()])
      throw error
    })
    if (right) {
      const renewed = knownMs < renewBelowMs && known.renew(keys.known)
      await Promise.all([clear(), giveBack(), renewed])
    }
    return right
  }

  async function forgive(tried: Try): Promise<void> {
    const keys = await keysOf(counts, tried)
    await Promise.all([counts.forgetAll(keys.everywhere), known.renew(keys.known)])
  }

  return { tryPassword, forgive }
}

/** Under which keys things are counted; those of an account all begin alike. */
async function keysOf(counts: Counts, { account, client }: Try) {
  const [who, from] = await Promise.all([
    counts.hash(`account ${account.toLowerCase()}`),
    counts.hash(`client ${client}`),
  ])
  return {
    client: `passwords:${from}`,
    known: `known:${who}:${from}`,
    everywhere: `tries:${who}:`,
    here: `tries:${who}:${from}`,
    elsewhere: `tries:${who}:elsewhere`,
  }
}

/** A try that was let in, and what may become of its count. */
interface LetIn {
  /** It was none after all. */
  readonly takeBack: () => Promise<unknown>
  /** It was the right one: the next that fails is the first in a row. */
  readonly clear: () => Promise<void>
}

/** Lets tries in, one of which is counted for each; `place` is what they are counted under. */
function createGate(counts: Counts): (place: string) => Promise<LetIn> {
  const direct = counts.counter({ points: beforeGate, seconds: remembered })
  const gate = counts.counter({ points: 1, seconds: longestWait })
  const passed = counts.counter({ points: throughGate, seconds: remembered })

  return async (place) => {
    const keys = { direct: `${place}:direct`, gate: `${place}:gate`, passed: `${place}:passed` }
    const clear = () => counts.forget(Object.values(keys))
    const [refused, through] = await Promise.all([
      direct.count(keys.direct),
      passed.read(keys.passed),
    ])
    if (through >= throughGate) throw new PasswordResetRequiredError(last)
    // Undone, for a server that has too much to do must not be left a row of months for each it refuses.
    if (refused === undefined) return { takeBack: () => counts.undo(keys.direct), clear }
    // Only one gets through at a time, so there is no race for the number of its wait.
    const waitMs = await gate.count(keys.gate, waitAfter(through))
    if (waitMs !== undefined) throw tooManyOfAccount(through, waitMs)
    await passed.add(keys.passed)
    const takeBack = () => Promise.all([counts.giveBack(keys.passed), counts.forget([keys.gate])])
    return { takeBack, clear }
  }
}

function tooManyOfClient(waitMs: number): TooManyRequestsError {
  const { points, seconds } = passwordsOfClient
  return new TooManyRequestsError({ name: 'passwords-client', quota: points, seconds, waitMs })
}

function tooManyOfAccount(through: number, waitMs: number): TooManyRequestsError {
  const seconds = waitAfter(Math.max(0, through - 1))
  return new TooManyRequestsError({ name: 'passwords-account', quota: 1, seconds, waitMs })
}
