/**
 * A user sets a new password without the current one. The caller (`account-recovery/redeem-token.ts`) has
 * checked the token of a mail, which also proves that the user reads the mail of this address. So the reset
 * verifies the address too, and the first such proof lets the user choose a username. All sessions end.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended } from '../../platform/event-store/event-store.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { Turn } from '../../platform/fair-queue.ts'
import { judgePassword } from '../../platform/passwords/policy.ts'
import { chooseUsername } from './choose-username.ts'
import { user } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'
import type { ClaimUsername } from './username-reservations.ts'

export interface PasswordReset {
  readonly userId: string
  /** The version of the user's stream at which the token was valid. */
  readonly version: number
  readonly newPassword: string
  /** The client whose turn the hash takes. */
  readonly turn: Turn
  /** The new username; the user keeps the present one when absent. */
  readonly username?: string | undefined
  readonly metadata: Metadata
}

/**
 * Sets the password and returns the user's address. Throws PasswordRefusedError, `already_verified` or
 * `username_taken`, or `version_conflict` when the user has changed since `version`.
 */
export async function resetPassword(
  deps: Pick<UserCommandDeps, 'store' | 'hasher' | 'passwordMinLength'> & {
    readonly claimUsername: ClaimUsername
  },
  { userId, version, newPassword, turn, username, metadata }: PasswordReset,
): Promise<Appended & { readonly email: string }> {
  const { state } = await deps.store.load(user, userId, version)
  if (state.status !== 'registered') throw new RejectedError('not_found', 'there is no such user')
  const { email } = state
  judgePassword(
    newPassword,
    { email, username: username ?? state.username },
    deps.passwordMinLength,
  )
  const chosen = chooseUsername(deps.claimUsername, state, username)
  const passwordHash = await deps.hasher.hash(newPassword, turn)
  const command = { type: 'ChangePassword', id: uuidV7(), passwordHash, sessionId: null } as const
  const events = [
    ...user.decide(command, state),
    ...user.decide({ type: 'VerifyEmail', id: uuidV7() }, state),
    ...chosen.events,
  ]
  const request = { aggregate: user, streamId: userId, expectedVersion: version, events, metadata }
  const appended = await chosen.whileClaimed(() => deps.store.append(request))
  return { ...appended, email }
}
