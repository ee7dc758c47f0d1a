/** The read table of what happened to accounts as SQL shows it, release 7's: no secrets in it. */

export interface UserHistoryTable {
  readonly user_id: string
  readonly position: string
  readonly what: Happening
  readonly session_id: string | null
  readonly happened_at: string
}

/** What can happen to an account. */
export type Happening = 'registered' | 'logged_in' | 'password_changed' | 'session_ended'

export interface HistoryTables {
  readonly 'read.user_history_7': UserHistoryTable
}

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['user_history_7'] as const
