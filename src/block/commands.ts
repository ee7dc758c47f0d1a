/** Blocking and unblocking. Whom there is to be blocked is asked before, and held by the read table. */

import { decideAnew } from '../event-store/decide-anew.ts'
import { RejectedError } from '../event-store/errors.ts'
import type { Metadata } from '../event-store/event.ts'
import type { Appended, EventStore } from '../event-store/store.ts'
import type { Queryable } from '../postgres/prepared.ts'
import { findUserById } from '../user/queries.ts'
import { type BlockCommand, block, blockId } from './block.ts'

/** Losing three times in a row about the same two users is no accident: say so. */
const ATTEMPTS = 3

export interface BlockDeps {
  readonly pool: Queryable
  readonly store: EventStore
}

/** Carries it out; undefined where it was so before. Throws `not_found` where nobody has the id. */
export async function changeBlock(
  { pool, store }: BlockDeps,
  command: BlockCommand,
  metadata: Metadata,
): Promise<Appended | undefined> {
  const { userId, blockedId } = command
  if (!(await findUserById(pool, blockedId))) throw new RejectedError('not_found', 'no such user')
  const streamId = blockId(userId, blockedId)
  return decideAnew(ATTEMPTS, async () => {
    const { state, version } = await store.load(block, streamId)
    const events = block.decide(command, state)
    if (events.length === 0) return undefined
    return store.append({ aggregate: block, streamId, expectedVersion: version, events, metadata })
  })
}
