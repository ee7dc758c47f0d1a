/**
 * Session tokens: 256 random bits, shown once, kept nowhere. The log has their SHA-256, which is
 * enough to recognise one and useless to make one.
 */

import { randomBytes } from 'node:crypto'
import { hashToken } from './http/authentication.ts'

export interface NewToken {
  readonly token: string
  readonly tokenHash: string
}

export function newToken(): NewToken {
  const token = randomBytes(32).toString('base64url')
  return { token, tokenHash: hashToken(token) }
}
