/** What can happen to the token of a mail, in the newest shape of the event. */

/** What somebody may do who has read the mail. */
export type Purpose = 'password_reset' | 'email_verification'

/** A mail to a user was given a token. The token itself is nowhere kept, only what recognises it. */
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
