/**
 * The gate of consecutive attempts at one account, over counts that all servers share.
 *
 * The first few attempts need no wait. Then the gate admits one at a time and stays closed for a growing
 * time. After the last one only a reset of the password helps. `attempts.ts` decides whose attempts share a
 * gate, and what a refusal means.
 */

import type { Counts } from '../rate-limits/counts.ts'
import { TooManyRequestsError } from '../rate-limits/errors.ts'
import { accountPolicy, waitAfter } from './attempt-policy.ts'

/** The account has had too many consecutive wrong passwords. No wait helps, only a password reset. */
export class PasswordResetRequiredError extends Error {
  override readonly name = 'PasswordResetRequiredError'
  readonly code = 'password_reset_required'

  constructor(failures: number) {
    super(`${failures} consecutive passwords were wrong; the password must be reset`)
  }
}

/** An attempt that counts, unless one of these is called. */
export interface Admitted {
  /** The attempt was not carried out: removes it from the count. */
  readonly uncount: () => Promise<unknown>
  /** The password was right: the wait that began with this attempt ends. */
  readonly reopen: () => Promise<void>
  /** The last attempt that the gate admits. */
  readonly isLast: boolean
}

/** The gates of all accounts. Each has a prefix, with which its keys begin. */
export interface Gates {
  /** Counts an attempt of a client. Throws TooManyRequestsError or PasswordResetRequiredError. */
  readonly admit: (prefix: string, client: string) => Promise<Admitted>
  /** Forgets all attempts: the next wrong one is again the first in a row. */
  readonly clear: (prefix: string) => Promise<void>
  /** Forgets the attempts of one client, and keeps those of others. */
  readonly forgive: (prefix: string, client: string) => Promise<void>
}

const { free, last, remembered, longestWait } = accountPolicy
/** The gate is open at first: the last of the free attempts passes through it. */
const beforeGate = free - 1
const throughGate = last - beforeGate

/** The gates over these counts. */
export function createGates(counts: Counts): Gates {
  const direct = counts.counter({ points: beforeGate, seconds: remembered })
  const gate = counts.counter({ points: 1, seconds: longestWait })
  const passed = counts.counter({ points: throughGate, seconds: remembered })

  async function admit(prefix: string, client: string): Promise<Admitted> {
    const { all, own } = keysOf(prefix, client)
    const [rejected, through] = await Promise.all([
      direct.count(all.direct),
      passed.read(all.passed),
    ])
    if (through >= throughGate) throw new PasswordResetRequiredError(last)
    if (rejected === undefined) {
      await direct.add(own.direct)
      // An overloaded server rejects many attempts, and none of them must leave a row for months.
      const uncount = () => Promise.all([all.direct, own.direct].map(counts.subtractOrExpire))
      return { uncount, reopen: async () => {}, isLast: false }
    }
    // The gate admits one at a time, so no race can change the number that the wait depends on.
    const waitMs = await gate.count(all.gate, waitAfter(through))
    if (waitMs !== undefined) throw tooMany(through, waitMs)
    await Promise.all([all.passed, own.passed].map(passed.add))
    const reopen = () => counts.remove([all.gate])
    const uncount = () =>
      Promise.all([reopen(), ...[all.passed, own.passed].map(counts.subtractOrExpire)])
    return { uncount, reopen, isLast: through + 1 >= throughGate }
  }

  async function forgive(prefix: string, client: string): Promise<void> {
    const { all, own } = keysOf(prefix, client)
    await Promise.all([
      counts.giveBack(own.direct, all.direct, beforeGate),
      counts.giveBack(own.passed, all.passed, throughGate),
    ])
  }

  return { admit, forgive, clear: (prefix) => counts.removeByPrefix(`${prefix}:`) }
}

/** The keys of a gate for all clients, and those of the part that one client counts for. */
function keysOf(prefix: string, client: string) {
  const direct = `${prefix}:direct`
  const passed = `${prefix}:passed`
  const [all, own] = [{ direct, passed, gate: `${prefix}:gate` }, `${prefix}:${client}`]
  return { all, own: { direct: `${own}:direct`, passed: `${own}:passed` } }
}

function tooMany(through: number, waitMs: number): TooManyRequestsError {
  const seconds = waitAfter(Math.max(0, through - 1))
  return new TooManyRequestsError({ name: 'passwords-account', quota: 1, seconds, waitMs })
}
