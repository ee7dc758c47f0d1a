/** The events of a block, in their newest shape. */

interface Pair {
  readonly id: string
  /** The user who blocks. */
  readonly userId: string
  readonly blockedId: string
}

/** A user blocked another: new messages from the other are rejected. */
export interface UserBlocked {
  readonly type: 'UserBlocked'
  readonly data: Pair
}

/** The user accepts messages from the other again. */
export interface UserUnblocked {
  readonly type: 'UserUnblocked'
  readonly data: Pair
}

export type BlockEvent = UserBlocked | UserUnblocked
