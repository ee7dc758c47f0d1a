/**
 * Idempotency keys: a request with a key runs once, however often it is sent, concurrently, to another
 * server, or years later.
 *
 * Only the events are stored. Their ids are derived from the key, so the log itself shows that the request
 * ran, and the response is rebuilt from the events. Rejections are not remembered.
 */

import type { Aggregate } from './aggregate.ts'
import { RejectedError } from './errors.ts'
import type { DomainEvent } from './event.ts'
import type { EventStore } from './event-store.ts'
import type { RecordedEvent } from './load.ts'
import { uuidV5 } from './uuid-v5.ts'

/** The key of a request. Keys of different actors or operations never collide. */
export interface IdempotencyKey {
  /** The caller: a user's id or, for a registration, the e-mail address. */
  readonly actor: string
  /** The operation, in one word that never changes. */
  readonly operation: string
  readonly key: string
}

/** The UUIDv5 namespace of all event ids that are derived from a key. It never changes. */
const namespace = '5b0d3a0e-6c0f-4d5c-9c7e-2f6f1e3c8a41'

/** The id of the n-th event, from 0, of a request with this key. */
export function eventId({ actor, operation, key }: IdempotencyKey, n: number): string {
  return uuidV5(namespace, JSON.stringify([actor, operation, key, n]))
}

/** The caller used the key before, for another request. */
export function idempotencyKeyReused(): RejectedError {
  return new RejectedError(
    'idempotency_key_reused',
    'this Idempotency-Key belongs to an earlier request with other content; use a new key',
  )
}

/** The events of a request, in order: one at least. */
export type RecordedEvents<Event extends DomainEvent> = readonly [
  RecordedEvent<Event>,
  ...RecordedEvent<Event>[],
]

/** What an earlier request with the same key must have recorded to be the same request. */
export interface EarlierRequest<State, Command, Event extends DomainEvent> {
  readonly aggregate: Aggregate<State, Command, Event>
  /** How many events the request records; 1 when absent. */
  readonly count?: number
  /** Whether these recorded events, in order, have the content of the present request. */
  readonly isSame: (...found: RecordedEvents<Event>) => boolean | Promise<boolean>
}

/**
 * The events that an earlier request with this key recorded, in order; undefined when there was none.
 * Throws `idempotency_key_reused` when that request was a different one.
 */
export async function findEarlier<State, Command, Event extends DomainEvent>(
  store: Pick<EventStore, 'find'>,
  key: IdempotencyKey,
  { aggregate, count = 1, isSame }: EarlierRequest<State, Command, Event>,
): Promise<RecordedEvents<Event> | undefined> {
  // One id more than the request needs, because the earlier request can have recorded more events.
  const ids = Array.from({ length: count + 1 }, (_, n) => eventId(key, n))
  const [first, ...others] = (await store.find(aggregate, ids)).flatMap((event) => event ?? [])
  if (!first) return undefined
  const found = [first, ...others] as const
  if (found.length !== count || !(await isSame(...found))) throw idempotencyKeyReused()
  return found
}

/**
 * Runs a request unless an earlier one with the same key was recorded. `find` returns the earlier
 * response, or undefined; it throws `idempotency_key_reused` when the content differs. When `run` fails,
 * `find` runs again, because a concurrent request with the same key can be the reason of the failure.
 */
export async function runOnce<Response>(
  key: IdempotencyKey | undefined,
  find: (key: IdempotencyKey) => Promise<Response | undefined>,
  run: () => Promise<Response>,
): Promise<Response> {
  if (!key) return run()
  const earlier = await find(key)
  if (earlier) return earlier
  try {
    // Nothing left to do can also be the result of a concurrent request with the same key.
    return (await run()) ?? ((await find(key)) as Response)
  } catch (error) {
    const concurrent = await find(key).catch((second) => {
      // The first error is more useful than a failed look-up, unless the key itself is rejected.
      throw second instanceof RejectedError ? second : error
    })
    if (concurrent) return concurrent
    throw error
  }
}
