/**
 * The read table of users as SQL shows it, for Kysely to check our queries against. Its DDL and its
 * constraints are release 2's.
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

export interface UserTables {
  readonly 'read.users_2': UsersTable
}

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['users_2'] as const
