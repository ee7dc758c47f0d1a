/**
 * The database as Kysely sees it: each feature owns its tables, this file joins them. Only for
 * reading; every write goes through the event store.
 */

import type { BlockTables } from './block/tables.ts'
import type { ConversationTables } from './conversation/tables.ts'
import type { LogTables } from './event-store/tables.ts'
import type { HistoryTables } from './history/tables.ts'
import type { MessagingTables } from './messaging/tables.ts'
import { queryBuilder } from './postgres/prepared.ts'
import type { ProofTables } from './proof/tables.ts'
import type { SessionTables } from './session/tables.ts'
import type { StatisticsTables } from './statistics/tables.ts'
import type { StreamTables } from './stream/tables.ts'
import type { UserTables } from './user/tables.ts'

export interface Database
  extends LogTables,
    UserTables,
    SessionTables,
    MessagingTables,
    ConversationTables,
    BlockTables,
    StreamTables,
    StatisticsTables,
    HistoryTables,
    ProofTables {}

/** Builds queries, runs none: see `postgres/prepared.ts`. */
export const database = queryBuilder<Database>()
