/**
 * Load: the events of one stream, folded into the state of its aggregate.
 *
 * The view casts every event to the newest shape this release knows, so nothing here or in the
 * domain has heard of older ones. An event the view cannot show is an error, never skipped.
 */

import type { Pool } from 'pg'
import type { Aggregate, Loaded } from './aggregate.ts'
import { UnknownEventError } from './errors.ts'
import type { DomainEvent } from './event.ts'
import { toData } from './rows.ts'

/** One event of a stream as an aggregate's view shows it. */
interface Row {
  readonly stream_version: number
  readonly position: string
  readonly type: string
  readonly standing: 'known' | 'ignored' | 'unknown'
  readonly data: Record<string, unknown> | null
}

/** Folds a stream, oldest event first. Throws UnknownEventError at the first it does not know. */
export async function load<State, Command, Event extends DomainEvent>(
  pool: Pool,
  aggregate: Aggregate<State, Command, Event>,
  streamId: string,
): Promise<Loaded<State>> {
  const { rows } = await pool.query<Row>({
    name: aggregate.view,
    text: `select stream_version, position, type, standing, data from log.${aggregate.view}
           where stream_id = $1 order by stream_version`,
    values: [streamId],
  })
  const names = new Map(Object.entries(aggregate.tables).map(([type, table]) => [table, type]))
  let state = aggregate.initialState
  for (const row of rows) {
    if (row.standing === 'ignored') continue
    const type = names.get(row.type)
    if (row.standing === 'unknown' || !type || !row.data) {
      throw new UnknownEventError(streamId, row.type, row.position)
    }
    state = aggregate.evolve(state, { type, data: toData(row.data) } as unknown as Event)
  }
  return { state, version: rows.at(-1)?.stream_version ?? 0 }
}
