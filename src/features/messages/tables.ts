/** The read tables of messages as SQL shows them: one row per message and one per receipt. */

import type { LogTables } from '../../platform/event-store/tables.ts'
import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

/** From release 10. The row of a deleted message is a tombstone without content. */
export interface MessagesTable {
  readonly id: string
  readonly src_id: string
  readonly dst_id: string
  readonly content: string | null
  readonly sent_at: string
  readonly edited_at: string | null
  readonly deleted_at: string | null
  /** The version of the message's stream: 1, and one more for each edit and the deletion. */
  readonly version: number
  readonly position: string
}

/** From release 4: when `user_id` had read the messages from `with_id` up to a position. */
export interface ReceiptsTable {
  readonly user_id: string
  readonly with_id: string
  readonly up_to_position: string
  readonly read_at: string
  readonly position: string
}

export interface MessageTables extends LogTables {
  readonly 'read.messages_10': MessagesTable
  readonly 'read.receipts_4': ReceiptsTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<MessageTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<MessageTables>({ messages_10: true, receipts_4: true })
