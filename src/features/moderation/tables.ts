/** The read table of reports, of release 17, typed for Kysely, and the tables that operators read beside it. */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'
import type { AccountHistoryTables } from '../account-history/tables.ts'
import type { SessionTables } from '../sessions/tables.ts'
import type { UserTables } from '../users/tables.ts'
import type { Outcome } from './events.ts'

/** Messages that their recipients reported; the last four columns are null until an operator settles the report. */
export interface ReportsTable {
  readonly id: string
  /** The reporter. */
  readonly user_id: string
  readonly message_id: string
  /** The sender of the message. */
  readonly reported_id: string
  readonly reason: string
  readonly reported_at: string
  readonly outcome: Outcome | null
  readonly actor: string | null
  readonly note: string | null
  readonly settled_at: string | null
  readonly position: string
}

/** Users whose personal data were erased. */
export interface DepartedUsersTable {
  readonly id: string
  readonly departed_at: string
  /** Of the event of the erasure. */
  readonly position: string
}

/** Users who deleted their accounts and whose data are not erased yet. */
interface LeftUsersTable {
  readonly user_id: string
  /** The address that the user gave up. */
  readonly email: string
  readonly restorable_until: string
  /** Of the event with which the user left. */
  readonly position: string
}

/** What users gave up when they deleted their accounts. */
interface UserLeftTable {
  readonly username: string | null
  readonly position: string
}

/** One version of a message, by the position of its event. */
interface ContentTable {
  readonly position: string
  readonly content: string
}

export interface ModerationTables extends UserTables, SessionTables, AccountHistoryTables {
  readonly 'read.reports_17': ReportsTable
  readonly 'read.departed_users_12': DepartedUsersTable
  readonly 'read.left_users_15': LeftUsersTable
  readonly 'log.user_left_15': UserLeftTable
  readonly 'log.message_sent_3': ContentTable
  readonly 'log.message_edited_5': ContentTable
}

/** Builds queries on these tables but runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<ModerationTables>()

/** The read tables that must be live before operators can act. */
export const readTables = readTableNames<ModerationTables>({
  reports_17: true,
  departed_users_12: true,
  left_users_15: true,
  suspended_users_17: true,
  users_2: true,
  verified_emails_8: true,
  reserved_usernames_14: true,
  sessions_10: true,
  user_history_7: true,
})
