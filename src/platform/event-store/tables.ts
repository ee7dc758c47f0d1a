/**
 * The header of every event as SQL shows it, for queries that tell a stream's version beside what
 * they read: one statement, one snapshot.
 */

export interface EventsTable {
  readonly position: string
  readonly id: string
  readonly stream_id: string
  readonly stream_version: number
  readonly type: string
  readonly recorded_at: string
  readonly metadata: unknown
}

export interface LogTables {
  readonly 'log.events': EventsTable
}
