/**
 * Tokens: 256 random bits, shown once and never stored. The log stores their SHA-256, which is enough to
 * recognize a token and useless for forging one.
 */

import { hash, randomBytes } from 'node:crypto'

export interface NewToken {
  readonly token: string
  readonly tokenHash: string
}

/** A new random token and its hash. */
export function newToken(): NewToken {
  const token = randomBytes(32).toString('base64url')
  return { token, tokenHash: hashToken(token) }
}

/**
 * The SHA-256 of a token in PostgreSQL's input format for `bytea`: `\x` and hexadecimal digits. The hash
 * needs no salt, because a token is 256 random bits.
 */
export function hashToken(token: string): string {
  return `\\x${hash('sha256', token)}`
}
