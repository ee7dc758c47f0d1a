/** What can happen to a message, in the newest shape of each event. */

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

/** Its sender gave a message another content. */
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

/** Its sender took a message back, for both. */
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
