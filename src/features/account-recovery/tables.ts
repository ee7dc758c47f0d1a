/** The read table of mails' tokens as SQL shows it, release 8's. */

export interface MailTokensTable {
  readonly token_hash: Buffer
  readonly mail_id: string
  readonly user_id: string
  readonly purpose: string
  readonly expires_at: string
  readonly position: string
}

export interface ProofTables {
  readonly 'read.mail_tokens_8': MailTokensTable
}

/** What whoever runs this feature reads, and therefore must find live. */
export const readTables = ['mail_tokens_8'] as const
