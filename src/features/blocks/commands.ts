/** Blocking and unblocking. Whom there is to be blocked is asked before, and held by the read table. */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import {
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import type { FindById, PublicUser } from '../users/queries.ts'
import { type BlockCommand, block, blockId } from './block.ts'

/** Losing three times in a row about the same two users is no accident: say so. */
const ATTEMPTS = 3

export interface BlockDeps {
  readonly findUser: FindById<PublicUser>
  readonly store: EventStore
}

/** What is to be changed, and by whom. */
export interface Change {
  readonly command: BlockCommand
  readonly key?: IdempotencyKey | undefined
  readonly metadata: Metadata
}

/** Carries it out; undefined where it was so before. Throws `not_found` where nobody has the id. */
export function changeBlock(deps: BlockDeps, change: Change): Promise<Recorded | undefined> {
  const find = (key: IdempotencyKey) => findChange(deps.store, change.command, key)
  return runOnce(change.key, find, () => changeAnew(deps, change))
}

/** What was changed under this key, if anything was: the block of the same user. */
async function findChange(
  store: EventStore,
  { blockedId }: BlockCommand,
  key: IdempotencyKey,
): Promise<Recorded | undefined> {
  const [found] =
    (await findEarlier(store, key, {
      aggregate: block,
      isSame: ({ event }) => event.data.blockedId === blockedId,
    })) ?? []
  return found
}

async function changeAnew(
  { findUser, store }: BlockDeps,
  { command, key, metadata }: Change,
): Promise<Recorded | undefined> {
  const { userId, blockedId } = command
  if (!(await findUser(blockedId))) throw new RejectedError('not_found', 'no such user')
  const streamId = blockId(userId, blockedId)
  return handleCommand(store, ATTEMPTS, { aggregate: block, streamId, command, metadata, key })
}
