/** An event as other systems get it: its header, and the members of its shape that the scope of a consumer includes. */

import { toData } from '../event-store/event-columns.ts'
import { type PublishedShape, publishedType } from './shapes.ts'

export interface FeedEvent {
  readonly id: string
  readonly position: string
  readonly type: string
  /** The event as JSON, on one line. */
  readonly json: string
}

/** The header of an event in the log. */
export interface Header {
  readonly position: string
  readonly id: string
  readonly type: string
  readonly streamId: string
  readonly streamVersion: number
  readonly recordedAt: string
  /** As of `ShownEvent`. */
  readonly hasStandbys: boolean
}

/** The event as consumers get it, without what the scope does not include. */
export function toEvent(
  { id, position, type, recordedAt, streamId, streamVersion }: Header,
  shape: PublishedShape,
  columns: Record<string, unknown>,
  personal: boolean,
): FeedEvent {
  const data = toData(columns)
  const shown = Object.entries(shape.members).filter(
    ([, visibility]) => visibility === 'open' || (visibility === 'personal' && personal),
  )
  const published = Object.fromEntries(
    shown.map(([member]) => [shape.names[member] ?? member, toValue(member, data[member])]),
  )
  const name = publishedType(type)
  const envelope = { id, position, type: name, timestamp: recordedAt, streamId, streamVersion }
  return { id, position, type: name, json: JSON.stringify({ ...envelope, data: published }) }
}

/** Times are in RFC 3339 in UTC with milliseconds, as in every response; JSON of PostgreSQL has microseconds. */
function toValue(member: string, value: unknown): unknown {
  if (typeof value !== 'string' || !/(?:At|Until)$/.test(member)) return value ?? null
  return new Date(value).toISOString()
}
