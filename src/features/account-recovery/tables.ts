/** The read tables of the tokens in mails, of releases 8, 13 and 15, typed for Kysely. */

import type { LogTables } from '../../platform/event-store/tables.ts'
import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

export interface MailTokensTable {
  readonly token_hash: Buffer
  readonly mail_id: string
  readonly user_id: string
  readonly purpose: string
  readonly expires_at: string
  readonly position: string
}

/** New addresses that wait for their confirmation. */
export interface RequestedEmailsTable {
  readonly token_hash: Buffer
  readonly mail_id: string
  readonly user_id: string
  readonly email: string
  readonly expires_at: string
  readonly position: string
}

/** Earlier addresses that their owners can get back; the token is null until it is issued. */
export interface ReplacedEmailsTable {
  readonly change_id: string
  readonly user_id: string
  readonly email: string
  readonly token_hash: Buffer | null
  readonly expires_at: string | null
  readonly position: string
}

/** Users who deleted their accounts and are not erased yet; the token is null until it is issued. */
export interface LeftUsersTable {
  readonly user_id: string
  readonly leaving_id: string
  readonly email: string
  readonly restorable_until: string
  readonly token_hash: Buffer | null
  readonly position: string
}

/** The logins, as the log has them: a session that has ended is in no read table. */
export interface LoginsTable {
  readonly position: string
  readonly user_agent: string | null
}

export interface AccountRecoveryTables extends LogTables {
  readonly 'log.session_started_10': LoginsTable
  readonly 'read.left_users_15': LeftUsersTable
  readonly 'read.requested_emails_13': RequestedEmailsTable
  readonly 'read.replaced_emails_13': ReplacedEmailsTable
  readonly 'read.mail_tokens_8': MailTokensTable
}

/** Builds queries on these tables but runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<AccountRecoveryTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<AccountRecoveryTables>({
  mail_tokens_8: true,
  requested_emails_13: true,
  replaced_emails_13: true,
  left_users_15: true,
})
