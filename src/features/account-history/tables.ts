/**
 * The read table of what happened to accounts as SQL shows it, release 7's, to which release 8 adds: no
 * secrets in it.
 */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

export interface UserHistoryTable {
  readonly user_id: string
  readonly position: string
  readonly what: Happening
  readonly session_id: string | null
  readonly happened_at: string
}

/** What can happen to an account, as the table has it. */
export type Happening =
  | 'registered'
  | 'logged_in'
  | 'password_changed'
  | 'session_ended'
  | 'email_verified'
  | 'password_reset_asked'

export interface AccountHistoryTables {
  readonly 'read.user_history_7': UserHistoryTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<AccountHistoryTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<AccountHistoryTables>({ user_history_7: true })
