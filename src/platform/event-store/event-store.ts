/**
 * The event store as commands see it: load a stream, append what was decided.
 *
 * `load` folds a stream through its aggregate's view. What is appended has reached every live read
 * table when the answer comes; how it gets there, alone or in company, is the `write` given.
 */

import type { Pool } from 'pg'
import type { Aggregate, Loaded } from './aggregate.ts'
import { type Write, writeAlone } from './append.ts'
import { type Decision, toAppendRequest } from './append-request.ts'
import { RejectedError } from './errors.ts'
import type { DomainEvent, Recorded } from './event.ts'
import { find, load, type RecordedEvent } from './load.ts'

/** The record of the last event appended, and the stream's version after it. */
export interface Appended extends Recorded {
  readonly version: number
}

export interface EventStore {
  /**
   * The stream's state and version, as it is or as it was at a version. Throws UnknownEventError
   * rather than fold what it cannot.
   */
  load<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: string,
    upto?: number,
  ): Promise<Loaded<State>>
  /** Events by their ids, undefined where there is none. Throws UnknownEventError. */
  find<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    ids: readonly string[],
  ): Promise<(RecordedEvent<Event> | undefined)[]>
  /** Appends a decision, whole or not at all. Throws RejectedError when a constraint refuses it. */
  append<Event extends DomainEvent>(decision: Decision<Event>): Promise<Appended>
  /**
   * Appends decisions about several streams, all or none; answers where the last event went. The
   * RejectedError says in `decision` which of them failed.
   */
  appendAll(decisions: readonly Decision<DomainEvent>[]): Promise<Recorded>
}

/** An event store on a pool whose connections run under the service role. */
export function createEventStore(pool: Pool, write: Write = writeAlone(pool)): EventStore {
  return {
    load: (aggregate, streamId, upto) => load(pool, aggregate, streamId, upto),
    find: (aggregate, ids) => find(pool, aggregate, ids),
    append: async (decision) => {
      const recorded = await write(toAppendRequest([decision]))
      return { ...recorded, version: decision.expectedVersion + decision.events.length }
    },
    appendAll: (decisions) =>
      write(toAppendRequest(decisions)).catch((error: unknown) => {
        throw error instanceof RejectedError ? ofDecision(error, decisions) : error
      }),
  }
}

/** From the event that failed to the decision it was of. */
function ofDecision(error: RejectedError, decisions: readonly Decision<DomainEvent>[]) {
  const { code, message, constraint, event } = error
  if (event === undefined) return error
  let before = 0
  const decision = decisions.findIndex(({ events }) => {
    before += events.length
    return event < before
  })
  return new RejectedError(code, message, { ...(constraint && { constraint }), event, decision })
}
