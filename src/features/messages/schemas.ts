/** How a message looks in an answer, of whichever call, and what it may hold. */

import { z } from 'zod'
import { text, uuid } from '../../platform/http/strings.ts'
import type { MessageRow } from './queries.ts'

const MAX_CONTENT_LENGTH = 10_000

export const messageContent = text({ min: 1, max: MAX_CONTENT_LENGTH }).meta({
  example: 'Hello, Grace!',
})

export const messageShape = z
  .strictObject({
    id: uuid,
    from: uuid,
    to: uuid,
    content: z.string().nullable().meta({ description: 'Null when the message was deleted' }),
    sentAt: z.iso.datetime(),
    editedAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'When it got the content that it has' }),
    deletedAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'When its sender took it back: this is its tombstone' }),
    readAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'Since when the recipient has read it; for the sender alone' }),
  })
  .meta({ id: 'Message' })

export function toMessage(row: Omit<MessageRow, 'position'>): z.input<typeof messageShape> {
  const { id, from, to, content, sentAt, editedAt, deletedAt, readAt } = row
  return {
    id,
    from,
    to,
    content,
    sentAt,
    ...(editedAt && !deletedAt && { editedAt }),
    ...(deletedAt && { deletedAt }),
    ...(readAt && { readAt }),
  }
}
