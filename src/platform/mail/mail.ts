/** A mail as the processes write it: to one person, the same in text and in HTML. */

export interface Mail {
  /** The address alone. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** What tells this mail from any other, and a repeat of it from none: a UUID. */
  readonly id: string
}

/** Has mails sent. Rejects where nobody took the mail over. */
export type SendMail = (mail: Mail) => Promise<void>
