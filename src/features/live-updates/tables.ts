/** What the live stream reads that is nobody else's: receipts as they were recorded, in release 4's shape. */

export interface ConversationReadTable {
  readonly id: string
  readonly user_id: string
  readonly with_id: string
  readonly up_to: string
  readonly recorded_at: string
  readonly position: string
}

export interface StreamTables {
  readonly 'log.conversation_read_4': ConversationReadTable
}
