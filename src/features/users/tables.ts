/**
 * The read tables of users as SQL shows them, for Kysely to check our queries against. Their DDL and
 * constraints are those of releases 2 and 8.
 */

/** Every registered user with the password that holds now. */
export interface UsersTable {
  readonly id: string
  readonly email: string
  readonly password_hash: string
  /** Null for users of release 0. */
  readonly username: string | null
  readonly registered_at: string
  readonly position: string
}

/** Addresses that users have shown to be theirs. */
export interface VerifiedEmailsTable {
  readonly user_id: string
  readonly email: string
  readonly verified_at: string
  readonly position: string
}

export interface UserTables {
  readonly 'read.users_2': UsersTable
  readonly 'read.verified_emails_8': VerifiedEmailsTable
}

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['users_2', 'verified_emails_8'] as const
