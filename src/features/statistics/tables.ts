/** The read tables of statistics as SQL shows them, release 7's. Days are those of UTC. */

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

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['message_statistics_7', 'message_senders_7'] as const
