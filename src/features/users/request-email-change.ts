/**
 * A user asks for another e-mail address, with the password. A mail to the new address confirms it, so neither the
 * response nor its time depends on whether the address has an account.
 *
 * The address of an unverified user changes at once: its mails may never have reached the user. Then the caller can
 * see in the profile whether the new address was free. Where addresses must be verified, no response may show that,
 * so there a mail confirms every change.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { type GivenPassword, requireCurrentPassword } from './current-password.ts'
import { user } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'

export interface EmailChangeRequest extends GivenPassword {
  readonly userId: string
  readonly newEmail: string
  readonly metadata: Metadata
}

export interface EmailChangeResult {
  /** Whether the address was changed. Otherwise a mail must confirm it, or report that the address has an account. */
  readonly isChanged: boolean
  /** The version of the user's stream at which the password was right. */
  readonly version: number
}

/** Changes the address if that can be done at once. Throws `wrong_password`. */
export async function requestEmailChange(
  deps: Pick<UserCommandDeps, 'store' | 'hasher' | 'checkPassword'> & {
    readonly requireVerifiedEmail: boolean
  },
  { userId, newEmail, metadata, ...given }: EmailChangeRequest,
): Promise<EmailChangeResult> {
  const { state, version } = await deps.store.load(user, userId)
  if (state.status !== 'registered') throw new RejectedError('not_found', 'there is no such user')
  await requireCurrentPassword(deps, state, given)
  if (newEmail === state.email) {
    const reason = 'This is already your address. Enter another one.'
    throw new RejectedError('conflict', 'the new address is the present one', { reason })
  }
  if (state.emailVerified || deps.requireVerifiedEmail) {
    return { isChanged: false, version }
  }
  const command = { type: 'ChangeEmail', id: uuidV7(), email: newEmail, reverts: null } as const
  const events = user.decide(command, state)
  const change = { aggregate: user, streamId: userId, expectedVersion: version, events, metadata }
  try {
    const changed = await deps.store.append(change)
    return { isChanged: true, version: changed.version }
  } catch (error) {
    const isTaken = error instanceof RejectedError && error.code === 'email_taken'
    if (isTaken) return { isChanged: false, version }
    throw error
  }
}
