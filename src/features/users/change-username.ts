/**
 * A user chooses another username, at most once a day. The earlier one stays reserved for them: others who know it
 * should not meet a stranger under it.
 *
 * The constraints of the read tables decide whether the new name is free. Where a registration reserves its name,
 * the new one is claimed as well, unless it is an earlier name of the user.
 */

import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { isReservedFor } from './queries.ts'
import { user } from './user.ts'
import type { ClaimUsername } from './username-reservations.ts'

/** Three conflicts in a row with other changes of one user are no coincidence: report the third. */
const ATTEMPTS = 3

export interface ChangeUsernameDeps {
  readonly pool: Queryable
  readonly store: EventStore
  readonly claimUsername: ClaimUsername
}

export interface UsernameChange {
  readonly userId: string
  readonly username: string
  /** Throws unless the user's stream is at the version that the client expects. */
  readonly precondition: (version: number) => void
  readonly metadata: Metadata
}

/**
 * Changes the username; returns what was appended, undefined if the user has this name. Throws `username_taken`,
 * `version_conflict`, or TooManyRequestsError within a day of the last change.
 */
export async function changeUsername(
  { pool, store, claimUsername }: ChangeUsernameDeps,
  { userId, username, precondition, metadata }: UsernameChange,
): Promise<Appended | undefined> {
  const command = { type: 'ChangeUsername', id: uuidV7(), username, at: new Date() } as const
  const change = () =>
    handleCommand(store, ATTEMPTS, {
      ...{ aggregate: user, streamId: userId, command, metadata, precondition },
    })
  const { state } = await store.load(user, userId)
  // First, so that a name is claimed only by a user who can have it. A claim costs several writes.
  user.decide(command, state)
  const isOwn =
    state.status !== 'registered' ||
    state.username === username ||
    (await isReservedFor(pool, { username, userId }))
  return isOwn ? change() : claimUsername({ username, email: state.email }, change)
}
