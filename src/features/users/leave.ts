/**
 * A user deletes their account, with the password. Every session ends, and the data are erased 30 days later
 * (`erase-left-user.ts`). Until then the link of a mail restores the account: the caller
 * (`account-recovery/redeem-email-token.ts`) has checked its token.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { Appended } from '../../platform/event-store/event-store.ts'
import { handleCommand } from '../../platform/event-store/handle-command.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { type ChangeEmailDeps, takeAddressAndAppend } from './change-email.ts'
import { type GivenPassword, requireCurrentPassword } from './current-password.ts'
import { user } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'

/** Three conflicts in a row with other changes of one user are no coincidence: report the third. */
const ATTEMPTS = 3

export interface Leaving extends GivenPassword {
  readonly userId: string
  readonly metadata: Metadata
}

/** Returns what was appended; undefined if another request did it at the same moment. Throws `wrong_password`. */
export async function leave(
  deps: Pick<UserCommandDeps, 'store' | 'hasher' | 'checkPassword'>,
  { userId, metadata, ...given }: Leaving,
): Promise<Appended | undefined> {
  const { state, last } = await deps.store.load(user, userId)
  if (state.status === 'left') {
    await deps.store.confirm([last])
    return undefined
  }
  if (state.status !== 'registered') throw new RejectedError('not_found', 'there is no such user')
  await requireCurrentPassword(deps, state, given)
  const { passwordSetBy } = state
  return handleCommand(deps.store, ATTEMPTS, {
    aggregate: user,
    streamId: userId,
    command: { type: 'LeaveUser', id: uuidV7(), passwordSetBy },
    metadata,
  })
}

export interface Restoration {
  readonly userId: string
  /** The version of the user's stream at which the token was valid. */
  readonly version: number
  /** The address that the user gave up. */
  readonly email: string
  readonly metadata: Metadata
}

/**
 * Restores the account of a user who left. Another user who has registered its address and not verified it loses it:
 * the token proves who reads its mail. Throws `email_taken` while another user has verified the address, and
 * `invalid_token` or `version_conflict`.
 */
export function restoreUser(
  { pool, store, oneAtATime }: Omit<ChangeEmailDeps, 'hashCost'>,
  { userId, version, email, metadata }: Restoration,
): Promise<Recorded> {
  return oneAtATime(email, async () => {
    const { state } = await store.load(user, userId, version)
    const events = user.decide({ type: 'RestoreUser', id: uuidV7(), email }, state)
    const change = { aggregate: user, streamId: userId, expectedVersion: version, events, metadata }
    return takeAddressAndAppend({ pool, store }, { userId, email, metadata }, change)
  })
}
