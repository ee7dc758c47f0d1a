/**
 * The read table of account events as SQL shows it. Release 7 creates it, and releases 8, 9, 13, 15 and 17 add events
 * to it. It contains no secrets.
 */

import type { LogTables } from '../../platform/event-store/tables.ts'
import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

export interface UserHistoryTable {
  readonly user_id: string
  readonly position: string
  readonly what: AccountEvent
  readonly session_id: string | null
  readonly happened_at: string
}

/** The type of an account event, as the column `what` contains it. */
export type AccountEvent =
  | 'registered'
  | 'logged_in'
  | 'password_changed'
  | 'session_ended'
  | 'email_verified'
  | 'password_reset_requested'
  | 'username_changed'
  | 'email_changed'
  | 'email_change_reverted'
  | 'account_deleted'
  | 'account_restored'
  | 'suspended'
  | 'reinstated'

/** What a login records about its device; none for a login on a server before release 10. */
export interface SessionStartedTable {
  readonly user_agent: string | null
  readonly label: string | null
  readonly position: string
}

/** A new label of a session; null removes the label. */
export interface SessionLabelledTable {
  readonly label: string | null
  readonly position: string
}

export interface AccountHistoryTables extends LogTables {
  readonly 'read.user_history_7': UserHistoryTable
  readonly 'log.session_started_10': SessionStartedTable
  readonly 'log.session_labelled_10': SessionLabelledTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<AccountHistoryTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<AccountHistoryTables>({ user_history_7: true })
