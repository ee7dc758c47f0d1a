/** A mail to one person, with the same content in text and in HTML. */

export interface Mail {
  /** The address without a name. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** A UUID that identifies the mail. A mail that is sent again has the same id. */
  readonly id: string
}

/** Sends a mail. Rejects when no server accepted it, with a TaskFailure if that is the server's reply. */
export type SendMail = (mail: Mail) => Promise<void>
