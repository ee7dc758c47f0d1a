/**
 * Handles a command on one stream: load, decide, append, and again after a version conflict. Anything else
 * that the decision depends on is part of the command. With nothing to do, the response is built on events that are
 * there already, so the synchronous standbys must have them.
 */

import type { Aggregate } from './aggregate.ts'
import type { DomainEvent, Expectation, Metadata } from './event.ts'
import type { Appended, EventStore } from './event-store.ts'
import { eventId, type IdempotencyKey } from './idempotency.ts'
import { retryOnConflict } from './retry-on-conflict.ts'

export interface HandleCommand<State, Command, Event extends DomainEvent> {
  readonly aggregate: Aggregate<State, Command, Event>
  readonly streamId: string
  readonly command: Command
  readonly metadata: Metadata
  /** The ids of the events are derived from it. */
  readonly key?: IdempotencyKey | undefined
  /** Versions of other streams that the command depends on; when one differs, it is rejected. */
  readonly expects?: readonly Expectation[] | undefined
  /** Gets what was loaded, and throws when the caller expected something else. */
  readonly precondition?: (version: number, state: State) => void
}

/** Returns the last event's record; undefined when there was nothing to do. Throws what `decide` throws. */
export function handleCommand<State, Command, Event extends DomainEvent>(
  store: EventStore,
  attempts: number,
  {
    aggregate,
    streamId,
    command,
    metadata,
    key,
    expects,
    precondition,
  }: HandleCommand<State, Command, Event>,
): Promise<Appended | undefined> {
  return retryOnConflict(attempts, async () => {
    const { state, version, last } = await store.load(aggregate, streamId)
    const events = aggregate.decide(command, state)
    precondition?.(version, state)
    if (events.length === 0) {
      await store.confirm([last])
      return undefined
    }
    return store.append({
      aggregate,
      streamId,
      expectedVersion: version,
      events,
      metadata,
      ...(expects && { expects }),
      ...(key && { eventIds: events.map((_, n) => eventId(key, n)) }),
    })
  })
}
