/**
 * Events that back what a query shows, as columns of the query: one snapshot, and no round trip of their own. A command
 * that finds nothing to do has them confirmed (`EventStore.confirm`) before it reports success.
 */

import { type RawBuilder, sql } from 'kysely'
import { hasStandbys } from '../postgres/confirmed-commits.ts'
import type { ShownEvent } from './event.ts'

/** The last event of a stream. */
export interface StreamEnd extends ShownEvent {
  readonly version: number
}

const shown = sql`json_build_object(
  'id', id, 'position', position::text, 'version', stream_version,
  'hasStandbys', ${sql.raw(hasStandbys)})`

/** The last event of the log, which backs everything that the query shows. Null while the log is empty. */
export const lastEvent: RawBuilder<ShownEvent | null> = sql`(select ${shown} from log.events order by position desc limit 1)`

/** The last event of a stream, null without one. */
export function lastEventOf(streamId: string): RawBuilder<StreamEnd | null> {
  return sql`(
    select ${shown} from log.events where stream_id = ${streamId}::uuid
    order by stream_version desc limit 1)`
}
