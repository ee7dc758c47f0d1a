/**
 * Password hashes: argon2id through a bounded pool.
 *
 * Promises one duration for a verification, whether or not there is a hash to verify against, and
 * never more hashing at once than configured.
 */

import { randomBytes } from 'node:crypto'
import argon2 from 'argon2'
import { type Bounds, createBoundedPool } from '../semaphore.ts'
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
  /** A new hash of the password. Throws OverloadedError when too many are waiting. */
  readonly hash: (password: string) => Promise<string>
  /**
   * Whether the password belongs to the hash. Without a usable hash the answer is no, after the
   * same work. Throws OverloadedError when too many are waiting.
   */
  readonly verify: (hash: string | undefined, password: string) => Promise<boolean>
  /**
   * A stronger hash of a password that was verified against this one. Undefined where it is as
   * strong as configured, and where anybody would have to wait for it: it can be done another time.
   */
  readonly rehash: (hash: string, password: string) => Promise<string | undefined>
}

/** Somebody's hash cannot be used, and he cannot log in; its parameters, where it has any. */
export type OnUnusable = (parameters: HashParameters | undefined) => void

/** A hasher of new passwords at this cost; of hashes it verifies, theirs counts. */
export function createPasswordHasher(
  cost: HashCost,
  bounds: Bounds,
  onUnusable: OnUnusable = () => {},
): PasswordHasher {
  const pool = createBoundedPool(bounds)
  const digest = (plain: string, salt: Buffer, { memoryKiB, passes, parallelism }: HashCost) =>
    argon2.hash(plain, {
      type: argon2.argon2id,
      memoryCost: memoryKiB,
      timeCost: passes,
      parallelism,
      hashLength: TAG_BYTES,
      salt,
      raw: true,
    })
  // A tag drawn at random costs nothing to make and no password is known to lead to it.
  const dummy = toPhc(cost, randomBytes(SALT_BYTES), randomBytes(TAG_BYTES))

  async function hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const plain = normalizePassword(password)
    return toPhc(cost, salt, await pool(() => digest(plain, salt, cost)))
  }

  /** A wrong guess at a hash of less than the configured cost takes what one at the dummy takes. */
  async function equalizeTiming(stored: HashParameters, plain: string): Promise<void> {
    const missing = workOf(cost) - workOf(stored)
    if (missing <= 0) return
    const memoryKiB = Math.max(8 * cost.parallelism, Math.ceil(missing / cost.passes))
    await digest(plain, randomBytes(SALT_BYTES), { ...cost, memoryKiB })
  }

  async function verify(hash: string | undefined, password: string): Promise<boolean> {
    const plain = normalizePassword(password)
    const stored = hash === undefined ? undefined : readParameters(hash)
    if (hash === undefined || !stored || !isAffordable(stored)) {
      if (hash !== undefined) onUnusable(stored)
      await pool(() => argon2.verify(dummy, plain))
      return false
    }
    return pool(async () => {
      const matches = await argon2.verify(hash, plain)
      if (!matches) await equalizeTiming(stored, plain)
      return matches
    })
  }

  async function rehash(old: string, password: string): Promise<string | undefined> {
    const stored = readParameters(old)
    if (!stored || !isOutdated(stored, cost) || pool.isBusy()) return undefined
    return hash(password)
  }

  return { hash, verify, rehash }
}
