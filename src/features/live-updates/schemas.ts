/**
 * The shapes of live updates: one named schema for each kind, and their union by event name, `StreamEvent`. What an
 * event contains for which user is decided in `events.ts`.
 */

import { z } from 'zod'
import { clientIdShown } from '../../platform/http/conventions/client-ids.ts'
import { uuid } from '../../platform/http/strings.ts'
import { messageShape } from '../messages/schemas.ts'

/** Most proxies close a connection after a minute of silence; the shortest limit we found is 30 s. */
export const maxWaitSeconds = 30

const username = z.string().nullable()

const count = z.int().min(0).optional()
/** For the user whose count the event can change: the recipient of a message, the reader of a receipt. */
const counts = {
  unread: count.meta({
    description:
      'How many messages of this conversation you have received and not read, when the event was made. ' +
      'Present in events that can change it: messages to you, and your own read marks',
  }),
  unreadTotal: count.meta({ description: 'The same for all your conversations' }),
}

export const messageUpdateShape = messageShape
  .extend({ fromUsername: username, toUsername: username, ...counts })
  .meta({
    id: 'MessageUpdate',
    description: 'A message, with the names of both users and your unread messages',
  })

const receiptShape = z
  .strictObject({
    with: uuid.meta({ description: 'The other user of the conversation' }),
    withUsername: username,
    by: uuid.meta({ description: 'The user who has read: you, or the other one' }),
    byUsername: username,
    upTo: uuid.meta({ description: 'The last message that was read' }),
    readAt: z.iso.datetime(),
    ...counts,
    clientId: clientIdShown,
  })
  .meta({ id: 'ReadReceipt', description: 'A user has read everything up to a message' })

const blockUpdateShape = z
  .strictObject({ id: uuid, username, blockedAt: z.iso.datetime(), clientId: clientIdShown })
  .meta({ id: 'BlockUpdate', description: 'A user you have blocked, and when' })

const unblockUpdateShape = z
  .strictObject({ id: uuid, username, clientId: clientIdShown })
  .meta({ id: 'UnblockUpdate', description: 'A user you have unblocked' })

/** What an event shows of its user's unread messages. */
export interface Unread {
  readonly unread: number
  readonly unreadTotal: number
}

export type MessageUpdate = z.input<typeof messageUpdateShape>
export type ReadReceipt = z.input<typeof receiptShape>
export type BlockUpdate = z.input<typeof blockUpdateShape>
export type UnblockUpdate = z.input<typeof unblockUpdateShape>

/** A position of the log, as the id of an event. */
const position = z.string().meta({
  description: "The event's position in the log, in decimal; a stream resumes after it",
  example: '42',
})

const eventOf = <Name extends string, Data extends z.ZodType>(event: Name, data: Data) =>
  z.strictObject({ id: position, event: z.literal(event), data })

/** The events by name, each with the name of its component. */
const events = {
  message_sent: eventOf('message_sent', messageUpdateShape).meta({ id: 'MessageSentEvent' }),
  message_edited: eventOf('message_edited', messageUpdateShape).meta({ id: 'MessageEditedEvent' }),
  message_deleted: eventOf('message_deleted', messageUpdateShape).meta({
    id: 'MessageDeletedEvent',
  }),
  conversation_read: eventOf('conversation_read', receiptShape).meta({
    id: 'ConversationReadEvent',
  }),
  user_blocked: eventOf('user_blocked', blockUpdateShape).meta({ id: 'UserBlockedEvent' }),
  user_unblocked: eventOf('user_unblocked', unblockUpdateShape).meta({ id: 'UserUnblockedEvent' }),
  ready: eventOf('ready', z.strictObject({})).meta({ id: 'StreamReadyEvent' }),
  ended: z
    .strictObject({ event: z.literal('ended'), data: z.strictObject({ detail: z.string() }) })
    .meta({ id: 'StreamEndedEvent' }),
}

export const streamEventShape = z.union(Object.values(events)).meta({
  id: 'StreamEvent',
  description:
    'An event of `GET /stream` or `GET /events`, by its name. `ready` and `ended` occur in streams only. ' +
    'Ignore events with other names.',
  discriminator: {
    propertyName: 'event',
    mapping: Object.fromEntries(
      Object.entries(events).map(([name, shape]) => [
        name,
        `#/components/schemas/${shape.meta()?.id}`,
      ]),
    ),
  },
})
