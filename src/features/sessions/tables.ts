/**
 * The read table of sessions as SQL shows it. Release 2's, because it alone knows that a password
 * change ends sessions.
 */

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

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['sessions_2'] as const
