/**
 * The header of every event as a table for queries, so that a query can return a stream's version together
 * with its rows, from one snapshot.
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
