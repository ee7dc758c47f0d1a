/** The events of a message, in the newest shape of each. */

import { type PublishedShapes, publish } from '../../platform/feed/shapes.ts'

/** A user sent a message to another user, or to their own account. */
export interface MessageSent {
  readonly type: 'MessageSent'
  readonly data: {
    readonly id: string
    readonly srcId: string
    readonly dstId: string
    readonly content: string
  }
}

/** The sender replaced the content of a message. */
export interface MessageEdited {
  readonly type: 'MessageEdited'
  readonly data: {
    readonly id: string
    readonly messageId: string
    readonly srcId: string
    readonly dstId: string
    readonly content: string
  }
}

/** The sender deleted a message, for both people. */
export interface MessageDeleted {
  readonly type: 'MessageDeleted'
  readonly data: {
    readonly id: string
    readonly messageId: string
    readonly srcId: string
    readonly dstId: string
  }
}

export type MessageEvent = MessageSent | MessageEdited | MessageDeleted

/** As in the API. */
const users = { srcId: 'from', dstId: 'to' } as const

/** What other systems get of these events. */
export const published = {
  message_sent_3: publish<MessageSent>(
    'message',
    'A user sent a message',
    { id: 'open', srcId: 'open', dstId: 'open', content: 'personal' },
    users,
  ),
  message_edited_5: publish<MessageEdited>(
    'message',
    'The sender replaced the content of a message',
    { id: 'open', messageId: 'open', srcId: 'open', dstId: 'open', content: 'personal' },
    users,
  ),
  message_deleted_5: publish<MessageDeleted>(
    'message',
    'The sender deleted a message, for both users',
    { id: 'open', messageId: 'open', srcId: 'open', dstId: 'open' },
    users,
  ),
} as const satisfies PublishedShapes
