/**
 * The read table of account events as SQL shows it. Release 7 creates it, and releases 8 and 9 add events
 * to it. It contains no secrets.
 */

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

export interface AccountHistoryTables {
  readonly 'read.user_history_7': UserHistoryTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<AccountHistoryTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<AccountHistoryTables>({ user_history_7: true })
