/**
 * Password hashes: argon2id through a bounded pool, written as PHC strings.
 *
 * Promises one duration for a verification, whether or not there is a hash to verify against, and
 * never more hashing at once than configured. The strings are for ever in the log: hence the
 * parameters in the order `m,t,p` that the reference implementation insists on when it reads them.
 */

import { randomBytes } from 'node:crypto'
import argon2 from 'argon2'
import { type Bounds, createBoundedPool } from './bounded-pool.ts'
import { normalizePassword } from './password-policy.ts'

/** RFC 9106, 3.1: a salt of 16 bytes is recommended for passwords, a tag of 32 is usual. */
const SALT_BYTES = 16
const TAG_BYTES = 32

/** What an argon2 PHC string looks like; anything else in the log is nobody's password. */
const PHC =
  /^\$argon2(?:id|i|d)(?:\$v=\d+)?\$[mtp]=\d+(?:,[mtp]=\d+){2}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/

/** The cost of one hash. At least 19456 KiB, 2 passes, 1 lane (OWASP Password Storage). */
export interface HashCost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

export interface PasswordHasher {
  /** A new hash of the password. Throws OverloadedError when too many are waiting. */
  readonly hash: (password: string) => Promise<string>
  /**
   * Whether the password belongs to the hash. Without a usable hash the answer is no, after the
   * same work. Throws OverloadedError when too many are waiting.
   */
  readonly verify: (hash: string | undefined, password: string) => Promise<boolean>
}

export function createPasswordHasher(cost: HashCost, bounds: Bounds): PasswordHasher {
  const pool = createBoundedPool(bounds)
  const options = {
    type: argon2.argon2id,
    memoryCost: cost.memoryKiB,
    timeCost: cost.passes,
    parallelism: cost.lanes,
    hashLength: TAG_BYTES,
  } as const
  // A tag drawn at random costs nothing to make and no password is known to lead to it.
  const dummy = toPhc(cost, randomBytes(SALT_BYTES), randomBytes(TAG_BYTES))
  return {
    hash: async (password) => {
      const salt = randomBytes(SALT_BYTES)
      const plain = normalizePassword(password)
      const tag = await pool(() => argon2.hash(plain, { ...options, salt, raw: true }))
      return toPhc(cost, salt, tag)
    },
    verify: async (hash, password) => {
      const usable = hash !== undefined && PHC.test(hash)
      const matches = await pool(() =>
        argon2.verify(usable ? hash : dummy, normalizePassword(password)),
      )
      return usable && matches
    },
  }
}

function toPhc({ memoryKiB, passes, lanes }: HashCost, salt: Buffer, tag: Buffer): string {
  const [s, t] = [salt, tag].map((bytes) => bytes.toString('base64').replaceAll('=', ''))
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${s}$${t}`
}
