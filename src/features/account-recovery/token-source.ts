/**
 * Where the tokens of mails come from: 256 bits that nobody can guess and nothing keeps.
 *
 * A mail that could not be sent is tried again, and must not need a new token each time, nor may its
 * token be kept meanwhile. So it is derived from the mail's id and the token's last moment, by a key
 * that this process draws for itself and forgets with its end. Another worker makes another token for
 * the same mail, which is good beside the first.
 */

import { createHmac, randomBytes } from 'node:crypto'
import { hashToken } from '../../platform/tokens.ts'

export interface Token {
  readonly token: string
  readonly tokenHash: string
}

/** The token of a mail, by the mail's id and until when it is good. */
export type TokenSource = (mailId: string, expiresAt: Date) => Token

export function createTokenSource(): TokenSource {
  const key = randomBytes(32)
  return (mailId, expiresAt) => {
    const name = `${mailId} ${expiresAt.getTime()}`
    const token = createHmac('sha256', key).update(name).digest('base64url')
    return { token, tokenHash: hashToken(token) }
  }
}
