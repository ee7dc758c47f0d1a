/** The read table of blocks as SQL shows it, release 6's: a row for each user and whom he blocked. */

export interface BlocksTable {
  readonly user_id: string
  readonly blocked_id: string
  readonly blocked_at: string
  readonly position: string
}

export interface BlockTables {
  readonly 'read.blocks_6': BlocksTable
}

/** What a server that runs this feature reads, and therefore must find live. */
export const readTables = ['blocks_6'] as const
