/** The tables of live updates as SQL shows them. The only one of its own contains receipts, from release 4. */

import type { LogTables } from '../../platform/event-store/tables.ts'
import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'
import type { MessageTables } from '../messages/tables.ts'

export interface ConversationReadTable {
  readonly id: string
  readonly user_id: string
  readonly with_id: string
  readonly up_to: string
  readonly recorded_at: string
  readonly position: string
}

export interface LiveUpdateTables extends LogTables, MessageTables {
  readonly 'log.conversation_read_4': ConversationReadTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<LiveUpdateTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<LiveUpdateTables>({ messages_10: true, receipts_4: true })
