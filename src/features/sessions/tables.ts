/**
 * The read table of sessions and the table of their uses, typed for Kysely. The read table is the one of release
 * 10, the first whose sessions slide.
 */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

/** Sessions that were not ended. Expired sessions may still be here: check `expires_at`, and that of the use. */
export interface SessionsTable {
  readonly id: string
  readonly user_id: string
  readonly token_hash: Buffer
  readonly started_at: string
  readonly expires_at: string
  readonly idle_days: number | null
  readonly ends_at: string | null
  readonly user_agent: string | null
  readonly label: string | null
  readonly position: string
}

/** The last use of each session, to a day; none for a session that was not used after the day of its login. */
export interface UsesTable {
  readonly session_id: string
  readonly used_at: string
  readonly expires_at: string
}

/** When each user last used each of their devices, and its last session. */
export interface DevicesTable {
  readonly user_id: string
  readonly device: string
  readonly session_id: string
  readonly used_at: string
}

export interface SessionTables {
  readonly 'read.sessions_10': SessionsTable
  readonly 'sessions.uses': UsesTable
  readonly 'sessions.devices': DevicesTable
}

/** Builds queries on these tables but runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<SessionTables>()

/** The read table that an append asks whether a session has ended. */
export const sessionsTable = 'sessions_10'

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<SessionTables>({ sessions_10: true })
