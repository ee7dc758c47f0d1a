/**
 * Append: a decision becomes one call of `log.append`.
 *
 * Promises one round trip and one verdict. Leaves ordering, locks, positions and every constraint
 * to the database (`db/log.sql`), and the meaning of a refusal to whoever asked.
 */

import type { Pool } from 'pg'
import type { Aggregate } from './aggregate.ts'
import { RejectedError } from './errors.ts'
import type { DomainEvent, Expectation, Metadata, Recorded } from './event.ts'
import { toColumns } from './rows.ts'

/** What a command decided: events for one stream, and the versions that decision rests on. */
export interface Decision<Event extends DomainEvent> {
  readonly aggregate: Pick<Aggregate<unknown, never, Event>, 'tables'>
  readonly streamId: string
  /** The version of the stream that was decided on; 0 for a new one. */
  readonly expectedVersion: number
  readonly events: readonly Event[]
  /** Versions of other streams that were decided on; one that moved refuses the whole decision. */
  readonly expects?: readonly Expectation[]
  readonly metadata?: Metadata
  /** Ids of the events, in order; drawn by the database where absent. */
  readonly eventIds?: readonly string[]
}

/** The record of the last event appended, and the stream's version after it. */
export interface Appended extends Recorded {
  readonly version: number
}

/** What `log.append` says of one command. */
type Verdict =
  | { readonly position: string; readonly recorded_at: string }
  | { readonly sqlstate: string; readonly constraint: string | null }

/** Appends a decision in one transaction. Throws RejectedError with the code its constraint names. */
export async function append<Event extends DomainEvent>(
  pool: Pool,
  decision: Decision<Event>,
): Promise<Appended> {
  const { rows } = await pool.query<{ verdicts: Verdict[] }>({
    name: 'log.append',
    text: 'select log.append($1::jsonb) as verdicts',
    values: [JSON.stringify([toCommand(decision)])],
  })
  const verdict = rows[0]?.verdicts[0]
  if (!verdict) throw new Error('log.append gave no verdict')
  if ('sqlstate' in verdict) throw toRejection(verdict.constraint, verdict.sqlstate)
  return {
    position: verdict.position,
    recordedAt: new Date(verdict.recorded_at),
    version: decision.expectedVersion + decision.events.length,
  }
}

function toCommand<Event extends DomainEvent>(decision: Decision<Event>) {
  const { aggregate, streamId, expectedVersion, events, metadata, eventIds } = decision
  return {
    expects: decision.expects?.map((e) => ({ stream_id: e.streamId, version: e.version })),
    events: events.map((event, index) => ({
      id: eventIds?.[index],
      stream_id: streamId,
      stream_version: expectedVersion + 1 + index,
      type: aggregate.tables[event.type as Event['type']],
      metadata,
      data: toColumns(event.data),
    })),
  }
}

/** `users_2__email_taken` → `email_taken`; a constraint without such a name → `conflict`. */
function toRejection(constraint: string | null, sqlstate: string): RejectedError {
  const code = constraint?.split('__')[1] ?? 'conflict'
  return new RejectedError(
    code,
    `refused by ${constraint ?? `SQLSTATE ${sqlstate}`}`,
    constraint ?? undefined,
  )
}
