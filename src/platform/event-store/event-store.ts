/**
 * The event store as commands see it: load a stream, append a decision.
 *
 * `load` folds a stream through its aggregate's view. When an append resolves, its events have reached every
 * live read table. The `write` function decides how they get there, alone or in a batch.
 */

import type { Pool } from 'pg'
import type { Aggregate, Loaded } from './aggregate.ts'
import { type Write, writeAlone } from './append.ts'
import { type Decision, toAppendRequest } from './append-request.ts'
import { Confirmation } from './confirmation.ts'
import { RejectedError } from './errors.ts'
import type { DomainEvent, Recorded, ShownEvent } from './event.ts'
import { find, load, type RecordedEvent } from './load.ts'
import type { Asked } from './questions.ts'

/** The position and time of the last appended event, and the version of the stream after it. */
export interface Appended extends Recorded {
  readonly version: number
}

export interface EventStore {
  /**
   * The state and version of a stream, now or at an earlier version. Throws UnknownEventError when the
   * stream contains an event that this release does not support.
   */
  load<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: string,
    upto?: number,
  ): Promise<Loaded<State>>
  /**
   * Events by their ids, undefined for ids without an event, once the synchronous standbys have them. Throws
   * UnknownEventError, or UnavailableError while no standby confirms them.
   */
  find<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    ids: readonly string[],
  ): Promise<(RecordedEvent<Event> | undefined)[]>
  /**
   * Resolves once the synchronous standbys have these events and all before them. Free where they are known to have
   * them. Throws UnavailableError while no standby confirms it, and if the database has lost one of the events.
   */
  confirm(events: readonly (ShownEvent | null | undefined)[]): Promise<void>
  /** Appends a decision, whole or not at all. Throws RejectedError when a constraint rejects it. */
  append<Event extends DomainEvent>(decision: Decision<Event>): Promise<Appended>
  /**
   * Appends decisions about several streams, all or none, and returns the position of the last event.
   * `decision` of the RejectedError is the index of the decision that failed. A question is answered as of before.
   */
  appendAll(decisions: readonly Decision<DomainEvent>[], asks?: Asked): Promise<Recorded>
}

/** An event store on a pool whose connections run under the service role. */
export function createEventStore(pool: Pool, writer?: Write): EventStore {
  const confirmation = new Confirmation(pool)
  const write = writer ?? writeAlone(pool, confirmation)
  async function writeAll(
    decisions: readonly Decision<DomainEvent>[],
    asks?: Asked,
  ): Promise<Recorded> {
    const recorded = await write(toAppendRequest(decisions, asks))
    for (const { metadata } of decisions) metadata?.session?.confirm()
    confirmation.learn(recorded.position)
    return recorded
  }
  return {
    load: (aggregate, streamId, upto) => load(pool, aggregate, streamId, upto),
    find: async (aggregate, ids) => {
      const found = await find(pool, aggregate, ids)
      await confirmation.await(found)
      return found
    },
    confirm: (events) => confirmation.await(events),
    append: async (decision) => {
      const recorded = await writeAll([decision])
      return { ...recorded, version: decision.expectedVersion + decision.events.length }
    },
    appendAll: (decisions, asks) =>
      writeAll(decisions, asks).catch((error: unknown) => {
        throw error instanceof RejectedError ? withDecision(error, decisions) : error
      }),
  }
}

/** The same store, which calls back with the ids of the streams that each append has changed. */
export function observeAppends(
  store: EventStore,
  onAppended: (streams: readonly string[]) => void,
): EventStore {
  return {
    ...store,
    append: async (decision) => {
      const appended = await store.append(decision)
      onAppended([decision.streamId])
      return appended
    },
    appendAll: async (decisions, asks) => {
      const recorded = await store.appendAll(decisions, asks)
      onAppended(decisions.map(({ streamId }) => streamId))
      return recorded
    },
  }
}

/** Adds the index of the decision whose event failed. */
function withDecision(error: RejectedError, decisions: readonly Decision<DomainEvent>[]) {
  const { code, message, constraint, event } = error
  if (event === undefined) return error
  let before = 0
  const decision = decisions.findIndex(({ events }) => {
    before += events.length
    return event < before
  })
  return new RejectedError(code, message, { ...(constraint && { constraint }), event, decision })
}
