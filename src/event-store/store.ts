/**
 * The event store as commands see it: load a stream, append what was decided.
 *
 * `load` folds a stream through its aggregate's view; `append` is one call of `log.append`, one
 * round trip, one transaction, whose triggers have kept every live read table when it answers.
 */

import type { Pool } from 'pg'
import type { Aggregate, Loaded } from './aggregate.ts'
import { type Appended, append, type Decision } from './append.ts'
import type { DomainEvent } from './event.ts'
import { load } from './load.ts'

export interface EventStore {
  /** The stream's state and version. Throws UnknownEventError rather than fold what it cannot. */
  load<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: string,
  ): Promise<Loaded<State>>
  /** Appends a decision, whole or not at all. Throws RejectedError when a constraint refuses it. */
  append<Event extends DomainEvent>(decision: Decision<Event>): Promise<Appended>
}

/** An event store on a pool whose connections run under the service role. */
export function createEventStore(pool: Pool): EventStore {
  return {
    load: (aggregate, streamId) => load(pool, aggregate, streamId),
    append: (decision) => append(pool, decision),
  }
}
