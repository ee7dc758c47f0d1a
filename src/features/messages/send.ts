/**
 * Sends messages, one or several in one transaction. Whether a recipient exists or has blocked the
 * sender is left to the constraints of the read tables.
 *
 * Sending marks as read what the sender had received from the recipients. The append itself asks whether anything is
 * unread, so senders with nothing unread cause no other query. Receipts are events of their own, right after the
 * message and usually before the response. In the same append they would cost each message of a batch as much as one that is
 * appended alone, because the database writes each change of the event type separately.
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
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { hasConversation, lastUnread, type Received } from '../conversations/queries.ts'
import type { MessageEvent } from './events.ts'
import { message } from './message.ts'

export interface MessageDeps {
  readonly pool: Queryable
  readonly store: EventStore
  /** Marks messages as read. Never rejects, because the message that caused it is sent. */
  readonly readReceived: (reading: Received & { readonly metadata: Metadata }) => Promise<unknown>
}

/** Without `readReceived`, sending marks nothing as read; without `pool`, no rejection is `gone`. */
type SendDeps = Pick<MessageDeps, 'store'> & Partial<Pick<MessageDeps, 'pool' | 'readReceived'>>

/** The recipient and the content of a message to send. */
export interface Outgoing {
  readonly to: string
  readonly content: string
  readonly clientId?: string | undefined
  /** Whether what the sender has received from the recipient is marked as read; true if absent. */
  readonly markRead?: boolean | undefined
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
 * Sends messages, all or none. Throws `recipient_unknown` if a recipient does not exist or has left; `gone` in its
 * place if the sender has a conversation with the recipient. The error's `decision` is the index of that message.
 */
export async function sendMessages(deps: SendDeps, sending: Sending): Promise<Sent> {
  const { from, messages, key } = sending
  const withIds = deps.readReceived ? readBy(sending) : []
  const find = (key: IdempotencyKey) => findSent(deps.store, from, messages, key)
  const sent = await runOnce(key, find, () => append(deps, sending, withIds))
  const receipts = markRead(deps, sending, withIds, sent)
  if (receipts.length > 0) await soon(Promise.all(receipts))
  return sent
}

/** The users whose messages the sender has read. */
function readBy({ from, messages }: Sending): readonly string[] {
  const read = messages.filter(({ to, markRead }) => markRead !== false && to !== from)
  return read.length === 1 ? [(read[0] as Outgoing).to] : [...new Set(read.map(({ to }) => to))]
}

async function append(
  { store, pool }: SendDeps,
  { from, messages, key, metadata }: Sending,
  withIds: readonly string[],
): Promise<Sent> {
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
  const pairs = withIds.map((withId) => [from, withId] as const)
  const asks = pairs.length > 0 ? { question: lastUnread, pairs } : undefined
  const clientIds = messages.map(({ clientId }) => clientId)
  const sent = await store.appendAll(decisions, asks).catch(async (error: unknown) => {
    throw pool ? await orGone(pool, { from, messages }, error) : error
  })
  return { ...sent, ids, clientIds }
}

/** Only a sender who has a conversation with the recipient learns that there was such a user. */
async function orGone(
  pool: Queryable,
  { from, messages }: Pick<Sending, 'from' | 'messages'>,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof RejectedError && error.code === 'recipient_unknown')) return error
  const { decision = 0, constraint } = error
  const withId = messages[decision]?.to
  if (!withId || !(await hasConversation(pool, { userId: from, withId }))) return error
  const facts = { decision, ...(constraint && { constraint }) }
  return new RejectedError('gone', 'the recipient has left', facts)
}

/**
 * How long (ms) a response waits for its receipts, which take some milliseconds. While the database is in trouble they
 * can take as long as an append may, and the message, which is recorded, is answered before them.
 */
const receiptsMs = 1_000

async function soon(receipts: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, receiptsMs)
  })
  await Promise.race([receipts, late])
  clearTimeout(timer)
}

/**
 * Marks as read what the answers say is unread. Without answers, as on a retry, everything before the last message is
 * marked as read.
 */
function markRead(
  { readReceived }: SendDeps,
  { from: userId, metadata }: Sending,
  withIds: readonly string[],
  { position, answers }: Recorded,
): Promise<unknown>[] {
  return withIds.flatMap((withId, n) => {
    const upToPosition = answers ? answers[n] : position
    if (!upToPosition || !readReceived) return []
    const { session: _, ...cause } = metadata
    return [readReceived({ userId, withId, upToPosition, metadata: cause })]
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
