/**
 * The read table of sessions as SQL shows it. Release 2's, because it alone knows that a password
 * change ends sessions.
 */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

/** Sessions that nobody ended. Those whose time has passed may still be here: ask `expires_at`. */
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

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<SessionTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<SessionTables>({ sessions_2: true })
