/**
 * A command as `log.append` takes it: made once from what was decided, and from then on only bytes
 * with a few facts for whoever carries it. Its events have their ids here already, so that it can be
 * found again when nobody knows whether it arrived.
 */

import type { Aggregate } from './aggregate.ts'
import { RejectedError } from './errors.ts'
import type { DomainEvent, Expectation, Metadata, Recorded } from './event.ts'
import { toColumns } from './event-columns.ts'
import { uuidV7 } from './uuid-v7.ts'

/** What was decided: events for one stream, and the versions that decision rests on. */
export interface Decision<Event extends DomainEvent> {
  readonly aggregate: Pick<Aggregate<unknown, never, Event>, 'tables'>
  readonly streamId: string
  /** The version of the stream that was decided on; 0 for a new one. */
  readonly expectedVersion: number
  readonly events: readonly Event[]
  /** Versions of other streams that were decided on; one that moved refuses the whole decision. */
  readonly expects?: readonly Expectation[]
  readonly metadata?: Metadata
  /** Ids of the events, in order; drawn where absent. */
  readonly eventIds?: readonly string[]
}

/** One or several decisions that are appended together, or not at all. */
export interface AppendRequest {
  readonly streams: readonly string[]
  /** Who sends it; those whom nobody knows are one. */
  readonly actor: string
  /** How many events it is of. */
  readonly events: number
  /** What `log.append` takes as one element of its batch. */
  readonly json: string
}

/** What `log.append` says of one command: accepted, refused, or null for not tried. */
export type AppendResult =
  | { readonly position: string; readonly recorded_at: string }
  | { readonly sqlstate: string; readonly constraint: string | null; readonly event?: number }
  | null

/** Makes a command of decisions about streams that differ. */
export function toAppendRequest(decisions: readonly Decision<DomainEvent>[]): AppendRequest {
  const events = decisions.flatMap(toEvents)
  const expects = decisions.flatMap(({ expects = [] }) =>
    expects.map(({ streamId, version }) => ({ stream_id: streamId, version })),
  )
  return {
    streams: decisions.map(({ streamId }) => streamId),
    actor: decisions[0]?.metadata?.actor ?? '',
    events: events.length,
    json: JSON.stringify(expects.length > 0 ? { expects, events } : { events }),
  }
}

function toEvents(decision: Decision<DomainEvent>) {
  const { aggregate, streamId, expectedVersion, events, metadata, eventIds } = decision
  return events.map((event, index) => ({
    id: eventIds?.[index] ?? uuidV7(),
    stream_id: streamId,
    stream_version: expectedVersion + 1 + index,
    type: aggregate.tables[event.type],
    metadata,
    data: toColumns(event.data),
  }))
}

/** What a verdict says: where the command went, or why it was refused. */
export function toResult(verdict: Exclude<AppendResult, null>): Recorded | RejectedError {
  if ('position' in verdict) {
    return { position: verdict.position, recordedAt: new Date(verdict.recorded_at) }
  }
  const { constraint, sqlstate, event } = verdict
  return new RejectedError(
    // `users_2__email_taken` → `email_taken`; a constraint without such a name → `conflict`.
    constraint?.split('__')[1] ?? 'conflict',
    `refused by ${constraint ?? `SQLSTATE ${sqlstate}`}`,
    { ...(constraint !== null && { constraint }), ...(event !== undefined && { event }) },
  )
}
