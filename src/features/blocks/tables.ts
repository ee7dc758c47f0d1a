/** The read table of blocks, of release 17, typed for Kysely: a row for each pair of users. */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'
import type { UserTables } from '../users/tables.ts'

export interface BlocksTable {
  readonly user_id: string
  readonly blocked_id: string
  readonly blocked_at: string
  readonly position: string
}

export interface BlockTables extends Pick<UserTables, 'read.users_2'> {
  readonly 'read.blocks_17': BlocksTable
}

/** Builds queries on these tables but runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<BlockTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<BlockTables>({ blocks_17: true, users_2: true })
