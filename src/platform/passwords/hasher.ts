/**
 * Password hashes: argon2id behind a fair queue, in which clients take turns.
 *
 * Promises that a verification takes the same time with and without a hash to verify against, that no more
 * hashes are computed at once than configured, and that one client delays another by no more than its turn.
 */

import { randomBytes } from 'node:crypto'
import argon2 from 'argon2'
import { type Bounds, createFairQueue, type FairQueue, type Turn } from '../fair-queue.ts'
import { levels, measured } from '../metrics/measurements.ts'
import {
  type HashCost,
  type HashParameters,
  isAffordable,
  isOutdated,
  readParameters,
  toPhc,
  workOf,
} from './hash.ts'
import { normalizePassword } from './policy.ts'

/** RFC 9106, 3.1: a salt of 16 bytes is recommended for passwords, a tag of 32 is usual. */
const SALT_BYTES = 16
const TAG_BYTES = 32

export interface PasswordHasher {
  /** A new hash of the password, in the client's turn. Throws what the fair queue throws. */
  readonly hash: (password: string, turn: Turn) => Promise<string>
  /**
   * Whether the password matches the hash. Without a usable hash the result is false, after the same
   * work. Throws what the fair queue throws.
   */
  readonly verify: (hash: string | undefined, password: string, turn: Turn) => Promise<boolean>
  /**
   * A stronger hash of a password that was verified against `hash`. Undefined when `hash` is as strong as
   * configured, and when other requests would have to wait: a later login can renew the hash.
   */
  readonly rehash: (hash: string, password: string) => Promise<string | undefined>
}

/** Reports a stored hash that cannot be used, so its user cannot log in; with its parameters, if it has any. */
export type OnUnusable = (parameters: HashParameters | undefined) => void

/** A hasher that makes new hashes at this cost and verifies hashes of any affordable cost. */
export function createPasswordHasher(
  cost: HashCost,
  bounds: Bounds,
  onUnusable: OnUnusable = () => {},
): PasswordHasher {
  const inTurn = createFairQueue({ ...bounds, perKey: boundsOfClient(bounds) })
  // A random tag costs nothing, and no known password produces it.
  const dummy = toPhc(cost, randomBytes(SALT_BYTES), randomBytes(TAG_BYTES))

  async function hash(password: string, turn: Turn): Promise<string> {
    const plain = normalizePassword(password)
    return measuredIn(inTurn, 'new', turn, () => makeHash(cost, plain))
  }

  async function verify(hash: string | undefined, password: string, turn: Turn): Promise<boolean> {
    const plain = normalizePassword(password)
    const stored = hash === undefined ? undefined : readParameters(hash)
    if (hash !== undefined && stored && isAffordable(stored)) {
      return measuredIn(inTurn, 'check', turn, () => verifyInEqualTime(hash, stored, cost, plain))
    }
    if (hash !== undefined) onUnusable(stored)
    await measuredIn(inTurn, 'check', turn, () => argon2.verify(dummy, plain))
    return false
  }

  async function rehash(old: string, password: string): Promise<string | undefined> {
    const stored = readParameters(old)
    if (!stored || !isOutdated(stored, cost) || inTurn.isBusy()) return undefined
    return hash(password, renewals)
  }

  return { hash, verify, rehash }
}

/** Runs the work in its turn, and measures the work but not the wait. */
async function measuredIn<Result>(
  inTurn: FairQueue,
  purpose: 'new' | 'check',
  turn: Turn,
  work: () => Promise<Result>,
): Promise<Result> {
  let began: number | undefined
  levels.hashesWaiting.change(1)
  try {
    return await inTurn(turn, () => {
      began = performance.now()
      levels.hashesWaiting.change(-1)
      levels.hashesRunning.change(1)
      return work()
    })
  } finally {
    if (began === undefined) levels.hashesWaiting.change(-1)
    else {
      levels.hashesRunning.change(-1)
      measured.hash.report({ purpose, seconds: (performance.now() - began) / 1000 })
    }
  }
}

/** Half of the queue: one client, such as a large office, never fills it alone. */
function boundsOfClient({ concurrency, maxWaiting }: Bounds) {
  const half = Math.max(1, Math.ceil(maxWaiting / 2))
  return { limit: 'passwords-waiting', concurrency, maxWaiting: half }
}

/** Renewals share one turn. They only begin while nothing waits. */
const renewals: Turn = { key: 'renewals' }

async function makeHash(cost: HashCost, plain: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return toPhc(cost, salt, await computeTag(cost, plain, salt))
}

/** A wrong password for a hash below the configured cost takes as long as one for the dummy. */
async function verifyInEqualTime(
  hash: string,
  stored: HashParameters,
  cost: HashCost,
  plain: string,
): Promise<boolean> {
  const matches = await argon2.verify(hash, plain)
  const missing = workOf(cost) - workOf(stored)
  if (!matches && missing > 0) {
    const memoryKiB = Math.max(8 * cost.parallelism, Math.ceil(missing / cost.passes))
    await computeTag({ ...cost, memoryKiB }, plain, randomBytes(SALT_BYTES))
  }
  return matches
}

function computeTag(cost: HashCost, plain: string, salt: Buffer): Promise<Buffer> {
  const { memoryKiB, passes, parallelism } = cost
  return argon2.hash(plain, {
    type: argon2.argon2id,
    memoryCost: memoryKiB,
    timeCost: passes,
    parallelism,
    hashLength: TAG_BYTES,
    salt,
    raw: true,
  })
}
