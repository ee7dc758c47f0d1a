/** The read tables of statistics as SQL shows them, of releases 7 and 9. Days are in UTC. */

import { queryBuilder } from '../../platform/postgres/prepared.ts'
import { readTableNames } from '../../platform/postgres/read-table-names.ts'

/** Counts of a day. A day has several rows, one per block of 4,096 log positions; readers add them up. */
export interface MessageStatisticsTable {
  readonly day: Date
  readonly block: string
  readonly messages_sent: string
  readonly new_users: string
}

/** The senders of each day, numbered; the greatest number is how many senders the day has. */
export interface MessageSendersTable {
  readonly day: Date
  readonly user_id: string
  readonly number: number
}

/** The users verified on each day for the first time, numbered like senders. */
export interface VerifiedUsersTable {
  readonly user_id: string
  readonly day: Date
  readonly number: number
}

export interface StatisticsTables {
  readonly 'read.message_statistics_7': MessageStatisticsTable
  readonly 'read.message_senders_7': MessageSendersTable
  readonly 'read.verified_users_9': VerifiedUsersTable
}

/** Builds queries on these tables and runs none: see `platform/postgres/prepared.ts`. */
export const database = queryBuilder<StatisticsTables>()

/** The read tables that must be live before this feature can run. */
export const readTables = readTableNames<StatisticsTables>({
  message_statistics_7: true,
  message_senders_7: true,
  verified_users_9: true,
})
