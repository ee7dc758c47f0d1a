/** The read table of messages as SQL shows it, release 3's: one row a message, in log order. */

export interface MessagesTable {
  readonly id: string
  readonly src_id: string
  readonly dst_id: string
  readonly content: string
  readonly sent_at: Date
  readonly position: string
}

export interface MessagingTables {
  readonly 'read.messages_3': MessagesTable
}

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['messages_3'] as const
