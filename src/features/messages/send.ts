/** Sending messages, one or several at once. That a recipient exists is the read table's to say. */

import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import {
  eventId,
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { MessageEvent } from './events.ts'
import { message } from './message.ts'

export interface MessageDeps {
  readonly pool: Queryable
  readonly store: EventStore
}

/** What is to be sent, and to whom. */
export interface Outgoing {
  readonly to: string
  readonly content: string
}

export interface Sending {
  readonly from: string
  readonly messages: readonly Outgoing[]
  readonly key?: IdempotencyKey | undefined
  readonly metadata: Metadata
}

/** Where and when messages were recorded, and their ids in order. */
export interface Sent extends Recorded {
  readonly ids: readonly string[]
}

/**
 * Sends messages, all or none. Throws `recipient_unknown` when there is nobody to get one of them;
 * the error's `decision` is which.
 */
export function sendMessages(
  { store }: Pick<MessageDeps, 'store'>,
  { from, messages, key, metadata }: Sending,
): Promise<Sent> {
  const find = (key: IdempotencyKey) => findSent(store, from, messages, key)
  return runOnce(key, find, async () => {
    const ids = messages.map(() => uuidV7())
    const decisions = messages.map(({ to, content }, n) => {
      const id = ids[n] as string
      const command = { type: 'SendMessage', id, from, to, content } as const
      return {
        aggregate: message,
        streamId: id,
        expectedVersion: 0,
        events: message.decide(command, message.initialState),
        metadata,
        ...(key && { eventIds: [eventId(key, n)] }),
      }
    })
    return { ...(await store.appendAll(decisions)), ids }
  })
}

/** What an earlier request with this key sent: these messages, in this order, and no others. */
async function findSent(
  store: EventStore,
  from: string,
  messages: readonly Outgoing[],
  key: IdempotencyKey,
): Promise<Sent | undefined> {
  const sent = await findEarlier(store, key, {
    aggregate: message,
    count: messages.length,
    isSame: (...found) => messages.every((outgoing, n) => isOf(outgoing, from, found[n]?.event)),
  })
  const last = sent?.at(-1)
  if (!sent || !last) return undefined
  const { position, recordedAt } = last
  return { position, recordedAt, ids: sent.map(({ streamId }) => streamId) }
}

function isOf({ to, content }: Outgoing, from: string, event: MessageEvent | undefined): boolean {
  if (event?.type !== 'MessageSent') return false
  const { data } = event
  return data.srcId === from && data.dstId === to && data.content === content
}
