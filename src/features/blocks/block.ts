/**
 * The aggregate of a block: whether one user blocks one other. Its id is derived from their two ids.
 *
 * The read table rejects a blocked sender's messages, because it sees the messages of servers of every
 * release.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { uuidV5 } from '../../platform/event-store/uuid-v5.ts'
import type { BlockEvent } from './events.ts'

export interface BlockUser {
  readonly type: 'BlockUser'
  readonly userId: string
  readonly blockedId: string
}

export interface UnblockUser {
  readonly type: 'UnblockUser'
  readonly userId: string
  readonly blockedId: string
}

export type BlockCommand = BlockUser | UnblockUser

export interface Block {
  readonly isBlocked: boolean
}

export const block: Aggregate<Block, BlockCommand, BlockEvent> = {
  view: 'block_stream_6',
  tables: { UserBlocked: 'user_blocked_6', UserUnblocked: 'user_unblocked_6' },
  initialState: { isBlocked: false },
  evolve,
  decide,
}

/** The UUIDv5 namespace of all block ids. It never changes. */
const namespace = 'c6a1d9b4-52f7-4b8e-a0d3-91e4c7f60b25'

/** The id of the stream in which `userId` blocks and unblocks `blockedId`. */
export function blockId(userId: string, blockedId: string): string {
  return uuidV5(namespace, `${userId} ${blockedId}`)
}

function evolve(_state: Block, event: BlockEvent): Block {
  switch (event.type) {
    case 'UserBlocked':
      return { isBlocked: true }
    case 'UserUnblocked':
      return { isBlocked: false }
    default:
      return event satisfies never
  }
}

/** Blocking a blocked user, or unblocking another, changes nothing. */
function decide({ type, ...pair }: BlockCommand, { isBlocked }: Block): readonly BlockEvent[] {
  const data = { id: blockId(pair.userId, pair.blockedId), ...pair }
  switch (type) {
    case 'BlockUser':
      return isBlocked ? [] : [{ type: 'UserBlocked', data }]
    case 'UnblockUser':
      return isBlocked ? [{ type: 'UserUnblocked', data }] : []
    default:
      return type satisfies never
  }
}
