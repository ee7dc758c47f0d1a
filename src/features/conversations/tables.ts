/** The read table of conversations as SQL shows it, from release 4: one row for each pair of users. */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'
import type { BlockTables } from '../blocks/tables.ts'
import type { MessageTables } from '../messages/tables.ts'
import type { UserTables } from '../users/tables.ts'

export interface ConversationsTable {
  /** The two users; the same twice where a user wrote to themselves. */
  readonly least_id: string
  readonly greatest_id: string
  /** The position of the last message. The message is found by it, in `messages_10_between`. */
  readonly last_position: string
  /** The position of the last message from the other user to this one; 0 if there is none. */
  readonly received_by_least_position: string
  readonly received_by_greatest_position: string
  /** The position up to which this user has read; 0 if nothing is read. */
  readonly read_by_least_position: string
  readonly read_by_greatest_position: string
}

export interface ConversationTables
  extends MessageTables,
    Pick<BlockTables, 'read.blocks_17'>,
    Pick<UserTables, 'read.users_2'> {
  readonly 'read.conversations_4': ConversationsTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<ConversationTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<ConversationTables>({
  blocks_17: true,
  conversations_4: true,
  messages_10: true,
  receipts_4: true,
  users_2: true,
})
