/** The read tables of messages as SQL shows them: one row a message, one a receipt, in log order. */

/** Release 5's; of a deleted message only that there was one. */
export interface MessagesTable {
  readonly id: string
  readonly src_id: string
  readonly dst_id: string
  readonly content: string | null
  readonly sent_at: string
  readonly edited_at: string | null
  readonly deleted_at: string | null
  readonly position: string
}

/** Release 4's: since when `user_id` has read what `with_id` sent him up to a position. */
export interface ReceiptsTable {
  readonly user_id: string
  readonly with_id: string
  readonly up_to_position: string
  readonly read_at: string
  readonly position: string
}

export interface MessagingTables {
  readonly 'read.messages_5': MessagesTable
  readonly 'read.receipts_4': ReceiptsTable
}

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['messages_5', 'receipts_4'] as const
