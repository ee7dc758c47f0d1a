/**
 * What a stream tells: one frame for each event of a message, to its sender and its recipient.
 *
 * A frame has the message as `GET /messages/{id}` answers it when the frame is made, whichever event
 * it is of, so that nothing is shown of what was taken back since. Types are told by their family
 * (`message_sent_3` by `message_sent`): a newer version of an event that this release knows is told
 * like its own; of others this release tells nothing.
 */

import { serializerCompiler } from '../http/schema-compilers.ts'
import type { MessageRow } from '../messaging/queries.ts'
import { messageShape, toMessage } from '../messaging/schemas.ts'
import { type Frame, toBytes } from './frames.ts'
import type { EventRow } from './queries.ts'

const families: ReadonlySet<string> = new Set(['message_sent'])

const serialize = serializerCompiler({
  schema: messageShape,
  method: 'GET',
  url: '/stream',
  httpStatus: '200',
})

/** The frame of an event of the log, where anybody is to be told of it. */
export function frameOf(row: EventRow): Frame | undefined {
  const event = row.type.replace(/_\d+$/, '')
  if (!families.has(event) || !isMessage(row)) return undefined
  return messageFrame(event, row)
}

/** The frame of something that happened to a message. */
export function messageFrame(event: string, row: MessageRow): Frame {
  const id = BigInt(row.position)
  return {
    position: id,
    userIds: new Set([row.from, row.to]),
    bytes: toBytes({ id, event, data: serialize(toMessage(row)) }),
  }
}

function isMessage(row: EventRow): row is EventRow & MessageRow {
  return row.id !== null
}
