/** The events of a conversation, in the newest shape of each. */

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
