/** What can happen between two users of whom one wants nothing of the other. */

interface Pair {
  readonly id: string
  readonly userId: string
  readonly blockedId: string
}

/** A user wants nothing more from another one. */
export interface UserBlocked {
  readonly type: 'UserBlocked'
  readonly data: Pair
}

/** He takes messages from him again. */
export interface UserUnblocked {
  readonly type: 'UserUnblocked'
  readonly data: Pair
}

export type BlockEvent = UserBlocked | UserUnblocked
