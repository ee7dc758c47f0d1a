/**
 * Load: folds the events of one stream into the state of its aggregate.
 *
 * The view casts every event to the newest shape of this release, so neither this file nor the domain
 * handles older shapes. An event that the view cannot show is an error and is never skipped.
 */

import type { Pool } from 'pg'
import { hasStandbys } from '../postgres/confirmed-commits.ts'
import { timedQuery } from '../postgres/timed-query.ts'
import type { Aggregate, Loaded } from './aggregate.ts'
import { UnknownEventError } from './errors.ts'
import type { DomainEvent, Metadata, Recorded, ShownEvent } from './event.ts'
import { toData } from './event-columns.ts'

/** One event of a stream as an aggregate's view shows it. */
interface Row {
  readonly id: string
  readonly stream_id: string
  readonly stream_version: number
  readonly position: string
  readonly has_standbys: boolean
  readonly recorded_at: Date
  readonly metadata: Metadata
  readonly type: string
  readonly standing: 'known' | 'ignored' | 'unknown'
  readonly data: Record<string, unknown> | null
}

/** An event of the log in the newest shape of this code. */
export interface RecordedEvent<Event extends DomainEvent> extends Recorded, ShownEvent {
  readonly event: Event
  readonly streamId: string
  readonly version: number
  readonly metadata: Metadata
}

const columns = `id, stream_id, stream_version, position, recorded_at, metadata, type, standing, data,
  ${hasStandbys} as has_standbys`
/** The greatest version: versions have the type integer. */
const maxVersion = 2 ** 31 - 1

/**
 * Folds a stream from its oldest event up to a version or to its end. Throws UnknownEventError at the first
 * event that this release does not support.
 */
export async function load<State, Command, Event extends DomainEvent>(
  pool: Pool,
  aggregate: Aggregate<State, Command, Event>,
  streamId: string,
  upto = maxVersion,
): Promise<Loaded<State>> {
  const rows = await readRows(pool, aggregate, streamId, upto)
  const typeOf = types(aggregate)
  let state = aggregate.initialState
  for (const row of rows) state = apply(aggregate, typeOf, state, row)
  const last = rows.at(-1)
  if (!last) return { state, version: 0 }
  return { state, version: last.stream_version, last: toShown(last) }
}

/** What one event of a stream did to the state of its aggregate. */
export interface Step<State> {
  readonly position: string
  readonly before: State
  readonly state: State
}

/**
 * What the events of a stream did, between two versions and with them, the oldest first. Folds the events before them,
 * too. The steps end before the first event that this release does not support.
 */
export async function loadSteps<State, Command, Event extends DomainEvent>(
  pool: Pool,
  aggregate: Aggregate<State, Command, Event>,
  streamId: string,
  { from, upto }: { readonly from: number; readonly upto: number },
): Promise<Step<State>[]> {
  const typeOf = types(aggregate)
  const steps: Step<State>[] = []
  let state = aggregate.initialState
  for (const row of await readRows(pool, aggregate, streamId, upto)) {
    const before = state
    try {
      state = apply(aggregate, typeOf, state, row)
    } catch (error) {
      if (error instanceof UnknownEventError) return steps
      throw error
    }
    if (row.stream_version >= from) steps.push({ position: row.position, before, state })
  }
  return steps
}

async function readRows(
  pool: Pool,
  { view }: Pick<Aggregate<unknown, never, DomainEvent>, 'view'>,
  streamId: string,
  upto: number,
): Promise<Row[]> {
  const { rows } = await timedQuery<Row>(pool, {
    name: view,
    text: `select ${columns} from log.${view}
           where stream_id = $1 and stream_version <= $2 order by stream_version`,
    values: [streamId, upto],
  })
  return rows
}

function apply<State, Command, Event extends DomainEvent>(
  { evolve }: Aggregate<State, Command, Event>,
  typeOf: Map<string, string>,
  state: State,
  row: Row,
): State {
  return row.standing === 'ignored' ? state : evolve(state, toEvent(typeOf, row))
}

/** Events by their ids, undefined for ids without an event. Throws UnknownEventError. */
export async function find<State, Command, Event extends DomainEvent>(
  pool: Pool,
  aggregate: Aggregate<State, Command, Event>,
  ids: readonly string[],
): Promise<(RecordedEvent<Event> | undefined)[]> {
  const { rows } = await timedQuery<Row>(pool, {
    name: `${aggregate.view} by id`,
    text: `select ${columns} from log.${aggregate.view} where id = any ($1::uuid[])`,
    values: [ids],
  })
  const typeOf = types(aggregate)
  return ids.map((id) => {
    const row = rows.find((each) => each.id === id)
    return row && toRecorded<Event>(typeOf, row)
  })
}

function toShown({ id, position, has_standbys }: Row): ShownEvent {
  return { id, position, hasStandbys: has_standbys }
}

function toRecorded<Event extends DomainEvent>(
  typeOf: Map<string, string>,
  row: Row,
): RecordedEvent<Event> {
  return {
    ...toShown(row),
    event: toEvent(typeOf, row),
    streamId: row.stream_id,
    version: row.stream_version,
    recordedAt: row.recorded_at,
    metadata: row.metadata,
  }
}

function types({ tables }: Pick<Aggregate<unknown, never, DomainEvent>, 'tables'>) {
  return new Map(Object.entries(tables).map(([type, table]) => [table, type]))
}

function toEvent<Event extends DomainEvent>(typeOf: Map<string, string>, row: Row): Event {
  const type = typeOf.get(row.type)
  if (row.standing !== 'known' || !type || !row.data) {
    throw new UnknownEventError(row.stream_id, row.type, row.position)
  }
  return { type, data: toData(row.data) } as unknown as Event
}
