/** The read table of mail tokens, of release 8, typed for Kysely. */

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

export interface AccountRecoveryTables extends LogTables {
  readonly 'read.mail_tokens_8': MailTokensTable
}

/** Builds queries on these tables but runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<AccountRecoveryTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<AccountRecoveryTables>({ mail_tokens_8: true })
