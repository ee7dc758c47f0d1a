/** Reads events of the log by type, stream and position, or by their ids; each with the columns of its own table. */

import pg from 'pg'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Columns } from './masking.ts'

/** An event as it was recorded. */
export interface LogRow {
  readonly position: string
  readonly id: string
  readonly streamId: string
  readonly version: number
  readonly type: string
  readonly aggregate: string
  readonly recordedAt: Date
  readonly metadata: Readonly<Record<string, unknown>>
  /** Null for a header that was declared void. */
  readonly columns: Columns | null
}

/** The page of the log that a request is for: events between two positions, without them. */
export interface LogPage {
  readonly types?: readonly string[] | undefined
  readonly streamId?: string | undefined
  readonly before?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** What is on every event: its header and the aggregate of its type. */
const header = `h.position, h.id, h.stream_id as "streamId", h.stream_version as version, h.type, t.aggregate,
  h.recorded_at as "recordedAt", h.metadata`
const headers = 'log.events h join log.event_types t on t.type = h.type'

/** The names of all event types, by release. */
export async function listEventTypes(on: Queryable): Promise<string[]> {
  const { rows } = await on.query<{ type: string }>(
    'select type from log.event_types order by release, type',
  )
  return rows.map(({ type }) => type)
}

/** The events of a page, the last one first; with `after`, the first one first. */
export async function listEvents(on: Queryable, page: LogPage): Promise<LogRow[]> {
  const order = page.after === undefined ? 'desc' : 'asc'
  const { rows } = await on.query<Omit<LogRow, 'columns'>>(
    `select ${header} from ${headers} where ${positionsOf(page, order)}
     order by h.position ${order} limit $3`,
    [
      page.before ?? '9223372036854775807',
      page.after ?? '-1',
      page.limit,
      ...(page.streamId === undefined ? [] : [page.streamId, page.types ?? null]),
    ],
  )
  return withColumns(on, rows)
}

/**
 * The condition on `h`. A rare type is found by the key of its own table: the log has no index by type, and a search
 * through it would read all that is between two such events.
 */
function positionsOf({ types, streamId }: LogPage, order: string): string {
  const between = (row: string) => `${row}.position < $1 and ${row}.position > $2`
  if (streamId !== undefined) {
    return `${between('h')} and h.stream_id = $4 and ($5::text[] is null or h.type = any ($5))`
  }
  if (types === undefined) return between('h')
  const ofTypes = types.map(
    (type) => `(select r.position from log.${pg.escapeIdentifier(type)} r
      where ${between('r')} order by r.position ${order} limit $3)`,
  )
  return `h.position = any (array(${ofTypes.join(' union all ')}))`
}

/** The event of an id or a position; undefined where there is none. */
export async function findEvent(
  on: Queryable,
  key: { readonly id: string } | { readonly position: string },
): Promise<LogRow | undefined> {
  const [column, value] = 'id' in key ? ['id', key.id] : ['position', key.position]
  const { rows } = await on.query<Omit<LogRow, 'columns'>>(
    `select ${header} from ${headers} where h.${column} = $1`,
    [value],
  )
  return (await withColumns(on, rows))[0]
}

/** How far after an event the events that it caused are looked for: no index has the causes of events. */
export const causedWithin = 100_000

/** The events that record an event as their cause: a hundred at most, within `causedWithin` positions. */
export async function listCaused(on: Queryable, { id, position }: LogRow): Promise<LogRow[]> {
  const { rows } = await on.query<Omit<LogRow, 'columns'>>(
    `select ${header} from ${headers}
     where h.position > $2 and h.position <= $2::bigint + ${causedWithin}
       and h.metadata ->> 'causationId' = $1
     order by h.position limit 100`,
    [id, position],
  )
  return withColumns(on, rows)
}

/** Adds the columns of the events' own tables, by one statement for all types. */
async function withColumns(
  on: Queryable,
  found: readonly Omit<LogRow, 'columns'>[],
): Promise<LogRow[]> {
  const types = [...new Set(found.map(({ type }) => type))]
  if (types.length === 0) return []
  const { rows } = await on.query<{ position: string; columns: Columns }>(
    types
      .map(
        (type) => `select r.position, to_jsonb(r) - '{position,recorded_at}'::text[] as columns
          from log.${pg.escapeIdentifier(type)} r where r.position = any ($1::bigint[])`,
      )
      .join(' union all '),
    [found.map(({ position }) => position)],
  )
  const byPosition = new Map(rows.map(({ position, columns }) => [position, columns]))
  return found.map((event) => ({ ...event, columns: byPosition.get(event.position) ?? null }))
}
