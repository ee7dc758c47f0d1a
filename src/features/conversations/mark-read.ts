/**
 * Marks a conversation as read, up to a message or as its user sends one. The message is looked up here; whether
 * that changes anything is decided by the aggregate in `conversation.ts`.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import {
  eventId,
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findMessage } from '../messages/queries.ts'
import { conversation, conversationId } from './conversation.ts'
import type { Received } from './queries.ts'
import { findLastReceived, type LastReceived } from './received.ts'

/** Of many concurrent receipts one succeeds, and about half of the rest are then older than it. */
const ATTEMPTS = 10

export interface ConversationDeps {
  readonly pool: Queryable
  readonly store: EventStore
}

export interface Reading {
  readonly userId: string
  readonly withId: string
  /** The id of a message. */
  readonly upTo: string
  readonly key?: IdempotencyKey | undefined
  readonly metadata: Metadata
}

/**
 * Marks everything up to a message as read; undefined if it was read before. Throws `not_found` if the
 * two users exchanged no such message.
 */
export function readConversation(
  deps: ConversationDeps,
  reading: Reading,
): Promise<Recorded | undefined> {
  const find = (key: IdempotencyKey) => findEarlierReceipt(deps.store, reading, key)
  return runOnce(reading.key, find, () => markRead(deps, reading))
}

/** The event of an earlier request with this key, if it changed anything. It must name the same message. */
async function findEarlierReceipt(
  store: EventStore,
  { userId, withId, upTo }: Reading,
  key: IdempotencyKey,
): Promise<Recorded | undefined> {
  const [found] =
    (await findEarlier(store, key, {
      aggregate: conversation,
      isSame: ({ event }) =>
        event.data.userId === userId && event.data.withId === withId && event.data.upTo === upTo,
    })) ?? []
  return found
}

/** Marks what a user has received from another user as read; undefined if there is nothing to mark. */
export function readReceived(
  deps: ConversationDeps,
  { metadata, ...received }: Received & { readonly metadata: Metadata },
): Promise<Recorded | undefined> {
  return appendReceipt(deps, received, (last) => ({ upTo: last.upTo, at: last.position, metadata }))
}

async function markRead(
  deps: ConversationDeps,
  { userId, withId, upTo, key, metadata }: Reading,
): Promise<Recorded | undefined> {
  const message = await findMessage(deps.pool, upTo, userId)
  const partner = message?.from === userId ? message.to : message?.from
  if (!message || partner !== withId) {
    throw new RejectedError('not_found', 'the two users exchanged no such message')
  }
  const received = { userId, withId, upToPosition: message.position }
  return appendReceipt(deps, received, () => ({ upTo, at: message.position, metadata, key }))
}

interface Receipt {
  /** The message that the receipt names, and its position. */
  readonly upTo: string
  readonly at: string
  readonly metadata: Metadata
  readonly key?: IdempotencyKey | undefined
}

/**
 * Appends the receipt that `toReceipt` makes if anything received is unread. People who answer each other have a
 * receipt for each message, so it does not load these streams, but only their last version.
 */
function appendReceipt(
  { pool, store }: ConversationDeps,
  received: Received,
  toReceipt: (last: LastReceived) => Receipt,
): Promise<Recorded | undefined> {
  const { userId, withId } = received
  const streamId = conversationId(userId, withId)
  return retryOnConflict(ATTEMPTS, async () => {
    const { last, receipt } = await findLastReceived(pool, { ...received, streamId })
    const decided = last && decide(received, last, toReceipt(last))
    if (!decided?.events.length) {
      await store.confirm([receipt])
      return undefined
    }
    const expectedVersion = receipt?.version ?? 0
    return store.append({ aggregate: conversation, streamId, expectedVersion, ...decided })
  })
}

function decide(
  { userId, withId }: Received,
  { readPosition }: LastReceived,
  { upTo, at, metadata, key }: Receipt,
) {
  const command = { type: 'ReadConversation', userId, withId, upTo } as const
  const state = { readPosition: Number(readPosition) }
  const events = conversation.decide({ ...command, upToPosition: Number(at) }, state)
  return { events, metadata, ...(key && { eventIds: [eventId(key, 0)] }) }
}
