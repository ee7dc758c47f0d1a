/** What can happen to a message, in the newest shape of the event. */

/** One user sent another, or himself, a message. */
export interface MessageSent {
  readonly type: 'MessageSent'
  readonly data: {
    readonly id: string
    readonly srcId: string
    readonly dstId: string
    readonly content: string
  }
}

export type MessageEvent = MessageSent
