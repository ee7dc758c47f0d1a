/** The read tables of users, of releases 2, 8, 14 and 17, typed so that Kysely checks the queries. */

import type { LogTables } from '../../platform/event-store/tables.ts'
import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

/** Every registered user, with the hash of the current password. */
export interface UsersTable {
  readonly id: string
  readonly email: string
  readonly password_hash: string
  /** Null for users of release 0, which had no usernames. */
  readonly username: string | null
  readonly registered_at: string
  readonly position: string
}

/** The addresses that users have verified. */
export interface VerifiedEmailsTable {
  readonly user_id: string
  readonly email: string
  readonly verified_at: string
  readonly position: string
}

/** Earlier usernames, and for whom they are reserved. */
export interface ReservedUsernamesTable {
  readonly username: string
  readonly user_id: string
  readonly reserved_until: string
  readonly position: string
}

/** Suspended users, why, by which operator and since when. */
export interface SuspendedUsersTable {
  readonly user_id: string
  readonly reason: string
  readonly actor: string
  readonly suspended_at: string
  readonly position: string
}

export interface UserTables extends LogTables {
  readonly 'read.users_2': UsersTable
  readonly 'read.verified_emails_8': VerifiedEmailsTable
  readonly 'read.reserved_usernames_14': ReservedUsernamesTable
  readonly 'read.suspended_users_17': SuspendedUsersTable
}

/** Builds queries on these tables but runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<UserTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<UserTables>({
  users_2: true,
  verified_emails_8: true,
  reserved_usernames_14: true,
  suspended_users_17: true,
})
