/** A user blocks another user. */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import {
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import type { RecordedEvent } from '../../platform/event-store/load.ts'
import type { FindById, PublicUser } from '../users/queries.ts'
import { type BlockCommand, block, blockId } from './block.ts'
import type { BlockEvent } from './events.ts'

/** Three conflicts in a row about the same two users are no coincidence: report the third. */
const ATTEMPTS = 3

export interface BlockDeps {
  readonly findUser: FindById<PublicUser>
  readonly store: EventStore
}

export interface BlockChange {
  readonly userId: string
  readonly blockedId: string
  readonly key?: IdempotencyKey | undefined
  /** Throws if the caller expects that the block exists, or that it does not. */
  readonly precondition?: (exists: boolean) => void
  readonly metadata: Metadata
}

/** Returns undefined when the user is already blocked. Throws `not_found` when there is no such user. */
export function blockUser(deps: BlockDeps, change: BlockChange): Promise<Recorded | undefined> {
  return runOnce(
    change.key,
    (key) => findEarlierBlock(deps.store, change, key),
    () => changeBlock(deps, 'BlockUser', change),
  )
}

/** The block by an earlier request with this key, which must name the same user. */
async function findEarlierBlock(
  store: EventStore,
  { blockedId }: BlockChange,
  key: IdempotencyKey,
): Promise<Recorded | undefined> {
  const isSame = ({ event }: RecordedEvent<BlockEvent>) => event.data.blockedId === blockedId
  const [found] = (await findEarlier(store, key, { aggregate: block, isSame })) ?? []
  return found
}

/** Blocks or unblocks. Returns undefined when nothing changes. */
export async function changeBlock(
  { findUser, store }: BlockDeps,
  type: BlockCommand['type'],
  { userId, blockedId, key, precondition, metadata }: BlockChange,
): Promise<Recorded | undefined> {
  if (!(await findUser(blockedId))) throw new RejectedError('not_found', 'there is no such user')
  return handleCommand(store, ATTEMPTS, {
    aggregate: block,
    streamId: blockId(userId, blockedId),
    command: { type, userId, blockedId },
    metadata,
    key,
    precondition: (_version, { isBlocked }) => precondition?.(isBlocked),
  })
}
