/**
 * The read table of sessions, typed for Kysely. It is the one of release 2, the first that ends sessions when
 * the password changes.
 */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

/** Sessions that were not ended. Expired sessions may still be here: check `expires_at`. */
export interface SessionsTable {
  readonly id: string
  readonly user_id: string
  readonly token_hash: Buffer
  readonly started_at: string
  readonly expires_at: string
  readonly position: string
}

export interface SessionTables {
  readonly 'read.sessions_2': SessionsTable
}

/** Builds queries on these tables but runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<SessionTables>()

/** The read table that an append asks whether a session has ended. */
export const sessionsTable = 'sessions_2'

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<SessionTables>({ sessions_2: true })
