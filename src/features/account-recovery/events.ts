/** The events of a mail token, in their newest shape. */

/** The action that a token allows. */
export type Purpose = 'password_reset' | 'email_verification'

/** A token was issued for a mail to a user. The token itself is stored nowhere, only its hash. */
export interface MailTokenIssued {
  readonly type: 'MailTokenIssued'
  readonly data: {
    /** The mail's id. */
    readonly id: string
    readonly userId: string
    readonly purpose: Purpose
    /** SHA-256 of the token, as PostgreSQL reads bytea: `\x` and hexadecimal digits. */
    readonly tokenHash: string
    /** RFC 3339. */
    readonly expiresAt: string
  }
}

export type MailTokenEvent = MailTokenIssued
