/**
 * The database as Kysely sees it: each feature owns its tables, this file joins them. Only for
 * reading; every write goes through the event store.
 */

import type { HistoryTables } from './features/account-history/tables.ts'
import type { ProofTables } from './features/account-recovery/tables.ts'
import type { BlockTables } from './features/blocks/tables.ts'
import type { ConversationTables } from './features/conversations/tables.ts'
import type { StreamTables } from './features/live-updates/tables.ts'
import type { MessagingTables } from './features/messages/tables.ts'
import type { SessionTables } from './features/sessions/tables.ts'
import type { StatisticsTables } from './features/statistics/tables.ts'
import type { UserTables } from './features/users/tables.ts'
import type { LogTables } from './platform/event-store/tables.ts'
import { queryBuilder } from './platform/postgres/prepared.ts'

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
