/**
 * Decides which events a stream contains: for each kind of event its recipients, and the data one of
 * them receives.
 *
 * An event contains the message as `GET /messages/{id}` returns it when the event is sent, whatever the
 * event. Content that was deleted or replaced since is therefore never sent. An event type that this
 * release does not support is skipped, both live and in a catch-up. The only newer versions it sends
 * are those of `message_sent`, because its own read table contains these messages.
 */

import { serializerCompiler } from '../../platform/http/schema-compilers.ts'
import type { MessageRow } from '../messages/queries.ts'
import { toMessage } from '../messages/schemas.ts'
import type { EventRow } from './queries.ts'
import {
  type BlockUpdate,
  type MessageUpdate,
  messageUpdateShape,
  type ReadReceipt,
  type UnblockUpdate,
  type Unread,
} from './schemas.ts'

/** An event as one user receives it. */
export interface LiveEvent {
  readonly id: bigint
  readonly event: string
  /** JSON on one line. */
  readonly data: string
}

interface Kind {
  /** The users who receive it, who may be the same twice; undefined if the row names no users. */
  readonly recipients: (row: EventRow) => readonly string[] | undefined
  /** The data for one of them, as JSON. */
  readonly data: (row: EventRow, userId: string, unread: Unread | undefined) => string
}

const write = serializerCompiler({
  schema: messageUpdateShape,
  method: 'GET',
  url: '/stream',
  httpStatus: '200',
})

const ofMessage: Kind = {
  recipients: ({ from, to }) => (from && to ? [from, to] : undefined),
  data: (row, userId, unread) => {
    const { from, firstUsername: fromUsername, secondUsername: toUsername } = row
    const readAt = from === userId ? row.readAt : null
    const message = { ...row, position: row.messagePosition, readAt } as MessageRow
    const update: MessageUpdate = {
      ...toMessage(message, clientIdFor(row, userId)),
      fromUsername,
      toUsername,
      ...unread,
    }
    return write(update)
  },
}

const ofReceipt: Kind = {
  recipients: ({ reader, writer }) => (reader && writer ? [reader, writer] : undefined),
  data: (row, userId, unread) => {
    const { reader, writer, upTo, recordedAt, firstUsername, secondUsername } = row
    const isReader = userId === reader
    const receipt: ReadReceipt = {
      with: String(isReader ? writer : reader),
      withUsername: isReader ? secondUsername : firstUsername,
      by: String(reader),
      byUsername: firstUsername,
      upTo: String(upTo),
      readAt: recordedAt,
      ...unread,
      clientId: clientIdFor(row, userId),
    }
    return JSON.stringify(receipt)
  },
}

/** The blocked user learns nothing of it. */
const toBlocker: Kind['recipients'] = ({ blocker }) => (blocker ? [blocker] : undefined)

const ofBlock: Kind = {
  recipients: toBlocker,
  data: (row, userId) => {
    const { blocked, secondUsername: username, recordedAt: blockedAt } = row
    const clientId = clientIdFor(row, userId)
    return JSON.stringify({
      id: String(blocked),
      username,
      blockedAt,
      clientId,
    } satisfies BlockUpdate)
  },
}

const ofUnblock: Kind = {
  recipients: toBlocker,
  data: (row, userId) => {
    const { blocked, secondUsername: username } = row
    const clientId = clientIdFor(row, userId)
    return JSON.stringify({ id: String(blocked), username, clientId } satisfies UnblockUpdate)
  },
}

/** The client id of the command, if it was this user's own. */
function clientIdFor({ actor, clientId }: EventRow, userId: string): string | undefined {
  return actor === userId ? (clientId ?? undefined) : undefined
}

/** By event type, or by family if every version of it is sent. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ['message_sent', ofMessage],
  ['message_edited_5', ofMessage],
  ['message_deleted_5', ofMessage],
  ['conversation_read_4', ofReceipt],
  ['user_blocked_6', ofBlock],
  ['user_unblocked_6', ofUnblock],
])

/** The users who receive an event; empty if its type is not sent. */
export function recipientsOf(row: EventRow): ReadonlySet<string> {
  return new Set(kindOf(row)?.recipients(row))
}

/**
 * The unread messages that an event can change: those of `userId` from `withId`. Undefined if it changes none.
 */
export function countedIn(row: EventRow): { userId: string; withId: string } | undefined {
  const { from, to, reader, writer } = row
  if (!kindOf(row)) return undefined
  if (from && to && from !== to) return { userId: to, withId: from }
  return reader && writer ? { userId: reader, withId: writer } : undefined
}

/** The event for a user; undefined if it does not concern this user. `unread` is shown if the event can change it. */
export function eventFor(
  userId: string,
  row: EventRow,
  unreadWith?: (withId: string) => Unread | undefined,
): LiveEvent | undefined {
  const kind = kindOf(row)
  if (!kind?.recipients(row)?.includes(userId)) return undefined
  const counted = countedIn(row)
  const unread = counted?.userId === userId ? unreadWith?.(counted.withId) : undefined
  return { id: BigInt(row.position), event: familyOf(row), data: kind.data(row, userId, unread) }
}

function kindOf(row: EventRow): Kind | undefined {
  return kinds.get(row.type) ?? kinds.get(familyOf(row))
}

/** The event name in a frame: `message_sent` for `message_sent_3`. */
function familyOf({ type }: EventRow): string {
  return type.replace(/_\d+$/, '')
}
