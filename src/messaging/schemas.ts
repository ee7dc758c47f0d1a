/** How a message looks in an answer, of whichever call. */

import { z } from 'zod'
import { uuid } from '../http/text.ts'
import type { MessageRow } from './queries.ts'

export const messageShape = z
  .strictObject({
    id: uuid,
    from: uuid,
    to: uuid,
    content: z.string(),
    sentAt: z.iso.datetime(),
    readAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'Since when the recipient has read it; for the sender alone' }),
  })
  .meta({ id: 'Message' })

export function toMessage(row: Omit<MessageRow, 'position'>): z.input<typeof messageShape> {
  const { id, from, to, content, sentAt, readAt } = row
  return {
    id,
    from,
    to,
    content,
    sentAt: sentAt.toISOString(),
    ...(readAt && { readAt: readAt.toISOString() }),
  }
}
