/**
 * The block: whether one user wants nothing of one other. Its id follows from the two.
 *
 * That a blocked sender's message is refused is the read table's affair, which sees every message,
 * from servers of any release.
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

/** The namespace of the ids below; drawn once, never to change. */
const namespace = 'c6a1d9b4-52f7-4b8e-a0d3-91e4c7f60b25'

/** The stream of what a user wants of another. */
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

/** What is as it is to be stays so, and nothing is told. */
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
