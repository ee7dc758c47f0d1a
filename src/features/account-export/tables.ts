/** The tables of exports as SQL shows them: where a user's events are, and each aggregate's view of the log. */

import type { LogTables } from '../../platform/event-store/tables.ts'
import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'
import type { MessageTables } from '../messages/tables.ts'

interface OfUser {
  readonly user_id: string
  readonly position: string
}

/** When each session was last used, outside the log (`db/machinery/04-service/4-session-uses.sql`). */
export interface SessionUsesTable {
  readonly session_id: string
  readonly used_at: string
}

export interface AccountExportTables extends LogTables, Pick<MessageTables, 'read.messages_10'> {
  readonly 'read.personal_events_11': OfUser
  readonly 'read.block_changes_10': OfUser
  readonly 'sessions.uses': SessionUsesTable
}

/**
 * The newest view of each aggregate: it shows every event of its streams in the newest shape. A test compares them with
 * the database, so a release that adds events to an aggregate names its view here.
 */
export const streamViews = [
  'user_stream_15',
  'registration_stream_9',
  'session_stream_10',
  'mail_token_stream_15',
  'message_stream_5',
  'conversation_stream_4',
  'block_stream_6',
  'suspension_stream_17',
  'report_stream_17',
] as const

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<AccountExportTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<AccountExportTables>({
  personal_events_11: true,
  block_changes_10: true,
  messages_10: true,
})
