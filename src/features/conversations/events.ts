/** What can happen to a conversation, in the newest shape of the event. */

/** A user read what another one wrote, up to a message of theirs and with it. */
export interface ConversationRead {
  readonly type: 'ConversationRead'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly withId: string
    readonly upTo: string
    /** The position of that message. A number: nobody will write 2^53 events. */
    readonly upToPosition: number
  }
}

export type ConversationEvent = ConversationRead
