/** The read table of conversations as SQL shows it, release 4's: a row for each user and partner. */

export interface ConversationsTable {
  readonly user_id: string
  readonly with_id: string
  readonly last_id: string
  readonly last_position: string
  /** Of the last message that `with_id` sent `user_id`; 0: none. */
  readonly received_position: string
  /** How far `user_id` has read; 0: nothing. */
  readonly read_position: string
}

export interface ConversationTables {
  readonly 'read.conversations_4': ConversationsTable
}

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['conversations_4'] as const
