/**
 * Sends messages, one or several in one transaction. Whether a recipient exists or has blocked the
 * sender is left to the constraints of the read tables.
 */

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

/** The recipient and the content of a message to send. */
export interface Outgoing {
  readonly to: string
  readonly content: string
  readonly clientId?: string | undefined
}

export interface Sending {
  readonly from: string
  readonly messages: readonly Outgoing[]
  readonly key?: IdempotencyKey | undefined
  readonly metadata: Metadata
}

/** The position and time of the last message, and the ids of all in order. */
export interface Sent extends Recorded {
  readonly ids: readonly string[]
  /** As the first request with this key had them. */
  readonly clientIds: readonly (string | undefined)[]
}

/**
 * Sends messages, all or none. Throws `recipient_unknown` if a recipient does not exist; the error's
 * `decision` is the index of that message.
 */
export function sendMessages(
  { store }: Pick<MessageDeps, 'store'>,
  { from, messages, key, metadata }: Sending,
): Promise<Sent> {
  const find = (key: IdempotencyKey) => findSent(store, from, messages, key)
  return runOnce(key, find, async () => {
    const ids = messages.map(() => uuidV7())
    const decisions = messages.map(({ to, content, clientId }, n) => {
      const id = ids[n] as string
      const command = { type: 'SendMessage', id, from, to, content } as const
      return {
        aggregate: message,
        streamId: id,
        expectedVersion: 0,
        events: message.decide(command, message.initialState),
        metadata: clientId === undefined ? metadata : { ...metadata, clientId },
        ...(key && { eventIds: [eventId(key, n)] }),
      }
    })
    const clientIds = messages.map(({ clientId }) => clientId)
    return { ...(await store.appendAll(decisions)), ids, clientIds }
  })
}

/** What an earlier request with this key sent. It must be exactly these messages, in this order. */
async function findSent(
  store: EventStore,
  from: string,
  messages: readonly Outgoing[],
  key: IdempotencyKey,
): Promise<Sent | undefined> {
  const sent = await findEarlier(store, key, {
    aggregate: message,
    count: messages.length,
    isSame: (...found) => messages.every((outgoing, n) => isSame(outgoing, from, found[n]?.event)),
  })
  const last = sent?.at(-1)
  if (!sent || !last) return undefined
  const { position, recordedAt } = last
  return {
    position,
    recordedAt,
    ids: sent.map(({ streamId }) => streamId),
    clientIds: sent.map(({ metadata }) => metadata.clientId),
  }
}

function isSame({ to, content }: Outgoing, from: string, event: MessageEvent | undefined): boolean {
  if (event?.type !== 'MessageSent') return false
  const { data } = event
  return data.srcId === from && data.dstId === to && data.content === content
}
