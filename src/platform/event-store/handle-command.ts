/**
 * The path of a command on one stream: load, decide, append; anew where another one was faster.
 * What it is decided on beside the stream's state its caller knows.
 */

import type { Aggregate } from './aggregate.ts'
import type { DomainEvent, Metadata } from './event.ts'
import type { Appended, EventStore } from './event-store.ts'
import { eventId, type IdempotencyKey } from './idempotency.ts'
import { retryOnConflict } from './retry-on-conflict.ts'

export interface HandleCommand<State, Command, Event extends DomainEvent> {
  readonly aggregate: Aggregate<State, Command, Event>
  readonly streamId: string
  readonly command: Command
  readonly metadata: Metadata
  /** The ids of the events follow from it. */
  readonly key?: IdempotencyKey | undefined
  /** Told the version that was decided on; throws when it is not the one the caller knows. */
  readonly precondition?: (version: number) => void
}

/** Where the events went; undefined where nothing was left to do. Throws what `decide` throws. */
export function handleCommand<State, Command, Event extends DomainEvent>(
  store: EventStore,
  attempts: number,
  {
    aggregate,
    streamId,
    command,
    metadata,
    key,
    precondition,
  }: HandleCommand<State, Command, Event>,
): Promise<Appended | undefined> {
  return retryOnConflict(attempts, async () => {
    const { state, version } = await store.load(aggregate, streamId)
    const events = aggregate.decide(command, state)
    precondition?.(version)
    if (events.length === 0) return undefined
    return store.append({
      aggregate,
      streamId,
      expectedVersion: version,
      events,
      metadata,
      ...(key && { eventIds: events.map((_, n) => eventId(key, n)) }),
    })
  })
}
