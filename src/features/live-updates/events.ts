/**
 * Decides which events a stream contains: for each kind of event its recipients, and the data one of
 * them receives.
 *
 * A frame contains the message as `GET /messages/{id}` returns it when the frame is made, whatever the
 * event. Content that was deleted or replaced since is therefore never sent. An event type that this
 * release does not support is skipped, both live and in a catch-up. The only newer versions it sends
 * are those of `message_sent`, because its own read table contains these messages.
 */

import { serializerCompiler } from '../../platform/http/schema-compilers.ts'
import type { MessageRow } from '../messages/queries.ts'
import { messageShape, toMessage } from '../messages/schemas.ts'
import { type Frame, toBytes } from './frames.ts'
import type { EventRow } from './queries.ts'

interface Kind {
  /** The two users concerned, who may be the same; undefined if the row names no users. */
  readonly between: (row: EventRow) => readonly [string, string] | undefined
  /** The data for one of them, as JSON. */
  readonly data: (row: EventRow, userId: string) => string
}

const write = serializerCompiler({
  schema: messageShape,
  method: 'GET',
  url: '/stream',
  httpStatus: '200',
})

const ofMessage: Kind = {
  between: ({ from, to }) => (from && to ? [from, to] : undefined),
  data: (row, userId) => {
    const readAt = row.from === userId ? row.readAt : null
    return write(toMessage({ ...(row as MessageRow), readAt }, clientIdFor(row, userId)))
  },
}

const ofReceipt: Kind = {
  between: ({ reader, writer }) => (reader && writer ? [reader, writer] : undefined),
  data: (row, userId) => {
    const { reader, writer, upTo, recordedAt } = row
    return JSON.stringify({
      with: userId === reader ? writer : reader,
      by: reader,
      upTo,
      readAt: recordedAt,
      clientId: clientIdFor(row, userId),
    })
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
])

/** The users who receive an event; empty if its type is not sent. */
export function recipientsOf(row: EventRow): ReadonlySet<string> {
  return new Set(kindOf(row)?.between(row))
}

/** The frame of an event for a user; undefined if the event does not concern this user. */
export function frameFor(userId: string, row: EventRow): Frame | undefined {
  const kind = kindOf(row)
  if (!kind?.between(row)?.includes(userId)) return undefined
  const id = BigInt(row.position)
  const event = familyOf(row)
  return { position: id, bytes: toBytes({ id, event, data: kind.data(row, userId) }) }
}

function kindOf(row: EventRow): Kind | undefined {
  return kinds.get(row.type) ?? kinds.get(familyOf(row))
}

/** The event name in a frame: `message_sent` for `message_sent_3`. */
function familyOf({ type }: EventRow): string {
  return type.replace(/_\d+$/, '')
}
