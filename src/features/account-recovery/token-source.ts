/**
 * The tokens in mails: 256 bits that cannot be guessed and are stored nowhere.
 *
 * A mail that could not be sent is retried. A retry must not need a new token, and the token must not be
 * stored in between. So the token is derived from the mail's id, user and expiry, with a key that the OS
 * process draws at its start and loses at its end. Another worker derives another token for the same mail
 * (`retry-tokens.ts`); both are valid.
 */

import { createHmac, randomBytes } from 'node:crypto'
import { hashToken } from '../../platform/tokens.ts'

export interface Token {
  readonly token: string
  readonly tokenHash: string
}

/** Derives the token of a mail from the mail's id, the user's id and the token's expiry. */
export type TokenSource = (mailId: string, userId: string, expiresAt: Date) => Token

export function createTokenSource(): TokenSource {
  const key = randomBytes(32)
  return (mailId, userId, expiresAt) => {
    const name = `${mailId} ${userId} ${expiresAt.getTime()}`
    const token = createHmac('sha256', key).update(name).digest('base64url')
    return { token, tokenHash: hashToken(token) }
  }
}
