/** The events of a block, in their newest shape. */

import { type PublishedShapes, publish } from '../../platform/feed/shapes.ts'

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

/** What other systems get of these events. */
export const published = {
  user_blocked_6: publish<UserBlocked>('block', 'A user blocked another user', {
    id: 'open',
    userId: 'open',
    blockedId: 'open',
  }),
  user_unblocked_6: publish<UserUnblocked>('block', 'A user accepts messages from another again', {
    id: 'open',
    userId: 'open',
    blockedId: 'open',
  }),
} as const satisfies PublishedShapes
