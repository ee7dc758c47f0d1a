/** The events of a conversation, in the newest shape of each. */

import { type PublishedShapes, publish } from '../../platform/feed/shapes.ts'

/** A user read the messages from another one, up to and including one message of the two. */
export interface ConversationRead {
  readonly type: 'ConversationRead'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly withId: string
    readonly upTo: string
    /** The position of that message. A number is enough: no log reaches 2^53 events. */
    readonly upToPosition: number
  }
}

export type ConversationEvent = ConversationRead

/** What other systems get of these events. */
export const published = {
  conversation_read_4: publish<ConversationRead>(
    'conversation',
    'The user `by` read the messages of the user `with`, up to this one',
    { id: 'open', userId: 'open', withId: 'open', upTo: 'open', upToPosition: 'withheld' },
    { userId: 'by', withId: 'with' },
  ),
} as const satisfies PublishedShapes
