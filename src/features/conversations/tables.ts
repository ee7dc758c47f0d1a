/** The read table of conversations as SQL shows it, from release 4: one row per user and partner. */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'
import type { MessageTables } from '../messages/tables.ts'
import type { UserTables } from '../users/tables.ts'

export interface ConversationsTable {
  readonly user_id: string
  readonly with_id: string
  readonly last_id: string
  readonly last_position: string
  /** The position of the last message from `with_id` to `user_id`; 0 if there is none. */
  readonly received_position: string
  /** The position up to which `user_id` has read; 0 if nothing is read. */
  readonly read_position: string
}

export interface ConversationTables extends MessageTables, Pick<UserTables, 'read.users_2'> {
  readonly 'read.conversations_4': ConversationsTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<ConversationTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<ConversationTables>({
  conversations_4: true,
  messages_5: true,
  receipts_4: true,
  users_2: true,
})
