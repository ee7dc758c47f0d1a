/** A user unblocks another user. Needs no idempotency key: unblocking twice has the same effect as once. */

import type { Recorded } from '../../platform/event-store/event.ts'
import { type BlockChange, type BlockDeps, changeBlock } from './block-user.ts'

/** Returns undefined when the user is not blocked. Throws `not_found` when there is no such user. */
export function unblockUser(
  deps: BlockDeps,
  change: Omit<BlockChange, 'key'>,
): Promise<Recorded | undefined> {
  return changeBlock(deps, 'UnblockUser', change)
}
