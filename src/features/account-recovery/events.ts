/** The events of a mail token, in their newest shape. */

import { type PublishedShapes, publish } from '../../platform/feed/shapes.ts'

/** The action that a token of release 8 allows. */
export type Purpose = 'password_reset' | 'email_verification'

/** What a token is good for. */
export type Grant =
  | { readonly purpose: Purpose }
  | { readonly purpose: 'email_change'; readonly email: string }
  | { readonly purpose: 'email_reversal'; readonly changeId: string }
  | { readonly purpose: 'restoration'; readonly leavingId: string }

/** What every event of a token contains. */
interface TokenData {
  /** The mail's id. */
  readonly id: string
  readonly userId: string
  /** SHA-256 of the token, as PostgreSQL reads bytea: `\x` and hexadecimal digits. */
  readonly tokenHash: string
  /** RFC 3339. */
  readonly expiresAt: string
}

/** A token was issued for a mail to a user. The token itself is stored nowhere, only its hash. */
export interface MailTokenIssued {
  readonly type: 'MailTokenIssued'
  readonly data: TokenData & { readonly purpose: Purpose }
}

/** A user asked for another address. If the address has no account, a mail to it contains the token. */
export interface EmailChangeRequested {
  readonly type: 'EmailChangeRequested'
  readonly data: TokenData & { readonly email: string }
}

/** A notice to the earlier address of a user contains a token that takes the change of address back. */
export interface EmailReversalOffered {
  readonly type: 'EmailReversalOffered'
  readonly data: TokenData & { readonly changeId: string }
}

/** The mail about the deletion of an account contains a token that restores it. */
export interface RestorationOffered {
  readonly type: 'RestorationOffered'
  readonly data: TokenData & { readonly leavingId: string }
}

export type MailTokenEvent =
  | MailTokenIssued
  | EmailChangeRequested
  | EmailReversalOffered
  | RestorationOffered

const token = {
  id: 'open',
  userId: 'open',
  tokenHash: 'withheld',
  expiresAt: 'open',
} as const

/** What other systems get of these events. */
export const published = {
  mail_token_issued_8: publish<MailTokenIssued>(
    'mail_token',
    "A user gets an e-mail with a link for this purpose. None is sent to the service's own user",
    { ...token, purpose: 'open' },
  ),
  email_change_requested_13: publish<EmailChangeRequested>(
    'mail_token',
    'A user asked for another e-mail address, which got a link',
    { ...token, email: 'personal' },
  ),
  email_reversal_offered_13: publish<EmailReversalOffered>(
    'mail_token',
    'The earlier address of a user got a link that takes this change back',
    { ...token, changeId: 'open' },
  ),
  restoration_offered_15: publish<RestorationOffered>(
    'mail_token',
    'A user who deleted their account got a link that restores it',
    { ...token, leavingId: 'open' },
  ),
} as const satisfies PublishedShapes
