/** The events of a message, in the newest shape of each. */

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
