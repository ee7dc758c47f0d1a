/** Reading a conversation: which message it is up to is looked up, how far that leads is decided. */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import {
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findMessage } from '../messages/queries.ts'
import { conversation, conversationId } from './conversation.ts'

/** Of many receipts at once one gets through, and about half of the others are behind it then. */
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
 * Marks everything up to a message as read; undefined where it was before. Throws `not_found` when it
 * is no message between the two.
 */
export function readConversation(
  deps: ConversationDeps,
  reading: Reading,
): Promise<Recorded | undefined> {
  const find = (key: IdempotencyKey) => findRead(deps.store, reading, key)
  return runOnce(reading.key, find, () => readAnew(deps, reading))
}

/** What was read under this key, if it led to anything: the same, up to the same message. */
async function findRead(
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

async function readAnew(
  { pool, store }: ConversationDeps,
  { userId, withId, upTo, key, metadata }: Reading,
): Promise<Recorded | undefined> {
  const message = await findMessage(pool, upTo, userId)
  const partner = message?.from === userId ? message.to : message?.from
  if (!message || partner !== withId) {
    throw new RejectedError('not_found', 'there is no such message between the two')
  }
  const upToPosition = Number(message.position)
  const command = { type: 'ReadConversation', userId, withId, upTo, upToPosition } as const
  return handleCommand(store, ATTEMPTS, {
    aggregate: conversation,
    streamId: conversationId(userId, withId),
    command,
    metadata,
    key,
  })
}
