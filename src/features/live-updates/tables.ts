/** The tables of live updates as SQL shows them. */

import type { LogTables } from '../../platform/event-store/tables.ts'
import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'
import type { ConversationTables } from '../conversations/tables.ts'
import type { MessageTables } from '../messages/tables.ts'
import type { UserTables } from '../users/tables.ts'

export interface ConversationReadTable {
  readonly id: string
  readonly user_id: string
  readonly with_id: string
  readonly up_to: string
  readonly up_to_position: string
  readonly recorded_at: string
  readonly position: string
}

/** Each block that begins or ends. */
export interface BlockEventTable {
  readonly user_id: string
  readonly blocked_id: string
  readonly position: string
}

/** From release 10: the positions at which a user blocked or unblocked others. */
export interface BlockChangesTable {
  readonly user_id: string
  readonly position: string
}

export interface LiveUpdateTables
  extends LogTables,
    MessageTables,
    Pick<UserTables, 'read.users_2'>,
    Pick<ConversationTables, 'read.conversations_4'> {
  readonly 'log.conversation_read_4': ConversationReadTable
  readonly 'read.block_changes_10': BlockChangesTable
  readonly 'log.user_blocked_6': BlockEventTable
  readonly 'log.user_unblocked_6': BlockEventTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<LiveUpdateTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<LiveUpdateTables>({
  messages_10: true,
  receipts_4: true,
  users_2: true,
  conversations_4: true,
  block_changes_10: true,
})
