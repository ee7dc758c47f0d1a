/**
 * What a stream tells, and whom: each kind of event with the users whose affair it is, and the data that
 * one of them is shown.
 *
 * A message is shown as `GET /messages/{id}` answers it when the frame is made, whichever event it is of,
 * so that nothing is shown of what was taken back since. What this release does not know it does not
 * tell, whether it happens or was missed: so newer versions are told of what it finds in its own read
 * table alone, which is that a message was sent.
 */

import { serializerCompiler } from '../../platform/http/schema-compilers.ts'
import type { MessageRow } from '../messages/queries.ts'
import { messageShape, toMessage } from '../messages/schemas.ts'
import { type Frame, toBytes } from './frames.ts'
import type { EventRow } from './queries.ts'

interface Kind {
  /** The two whose affair it is, who may be one; undefined where it is nobody's. */
  readonly between: (row: EventRow) => readonly [string, string] | undefined
  /** What one of them is shown: JSON. */
  readonly show: (row: EventRow, userId: string) => string
}

const write = serializerCompiler({
  schema: messageShape,
  method: 'GET',
  url: '/stream',
  httpStatus: '200',
})

const ofMessage: Kind = {
  between: ({ from, to }) => (from && to ? [from, to] : undefined),
  show: (row, userId) => {
    const readAt = row.from === userId ? row.readAt : null
    return write(toMessage({ ...(row as MessageRow), readAt }))
  },
}

const ofReceipt: Kind = {
  between: ({ reader, writer }) => (reader && writer ? [reader, writer] : undefined),
  show: ({ reader, writer, upTo, recordedAt }, userId) =>
    JSON.stringify({
      with: userId === reader ? writer : reader,
      by: reader,
      upTo,
      readAt: recordedAt,
    }),
}

/** By type, or by family where every version of it is told. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ['message_sent', ofMessage],
  ['message_edited_5', ofMessage],
  ['message_deleted_5', ofMessage],
  ['conversation_read_4', ofReceipt],
])

/** The users who are told of an event, if anybody is. */
export function toldOf(row: EventRow): ReadonlySet<string> {
  return new Set(kindOf(row)?.between(row))
}

/** The frame in which a user is told; undefined where the event is not his affair. */
export function frameFor(userId: string, row: EventRow): Frame | undefined {
  const kind = kindOf(row)
  if (!kind?.between(row)?.includes(userId)) return undefined
  const id = BigInt(row.position)
  const event = familyOf(row)
  return { position: id, bytes: toBytes({ id, event, data: kind.show(row, userId) }) }
}

function kindOf(row: EventRow): Kind | undefined {
  return kinds.get(row.type) ?? kinds.get(familyOf(row))
}

/** `message_sent` of `message_sent_3`: what a frame calls the event. */
function familyOf({ type }: EventRow): string {
  return type.replace(/_\d+$/, '')
}
