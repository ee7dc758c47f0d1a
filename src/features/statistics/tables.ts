/** The read tables of statistics as SQL shows them, release 7's. Days are those of UTC. */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

/** What was counted of a day; several rows make it, one for 4,096 positions of the log. */
export interface MessageStatisticsTable {
  readonly day: Date
  readonly block: string
  readonly messages_sent: string
  readonly new_users: string
}

/** Who sent on which day; the greatest number of a day is how many they are. */
export interface MessageSendersTable {
  readonly day: Date
  readonly user_id: string
  readonly number: number
}

export interface StatisticsTables {
  readonly 'read.message_statistics_7': MessageStatisticsTable
  readonly 'read.message_senders_7': MessageSendersTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<StatisticsTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<StatisticsTables>({
  message_statistics_7: true,
  message_senders_7: true,
})
