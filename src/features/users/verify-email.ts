/**
 * A user verifies their e-mail address. The caller (`account-recovery/redeem-token.ts`) has checked the token
 * of a mail to that address. The user may choose another username at the same time.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { chooseUsername } from './choose-username.ts'
import { user } from './user.ts'
import type { ClaimUsername } from './username-reservations.ts'

export interface Verification {
  readonly userId: string
  /** The version of the user's stream at which the token was valid. */
  readonly version: number
  /** The new username; the user keeps the present one when absent. */
  readonly username?: string | undefined
  readonly metadata: Metadata
}

/**
 * Throws `invalid_token` when the address is already verified, `username_taken`, or `version_conflict` when
 * the user has changed since `version`.
 */
export async function verifyEmail(
  { store, claimUsername }: { readonly store: EventStore; readonly claimUsername: ClaimUsername },
  { userId, version, username, metadata }: Verification,
): Promise<Appended> {
  const { state } = await store.load(user, userId, version)
  const verified = user.decide({ type: 'VerifyEmail', id: uuidV7() }, state)
  if (verified.length === 0) {
    throw new RejectedError('invalid_token', 'the address is already verified')
  }
  const chosen = chooseUsername(claimUsername, state, username)
  return chosen.whileClaimed(() =>
    store.append({
      aggregate: user,
      streamId: userId,
      expectedVersion: version,
      events: [...verified, ...chosen.events],
      metadata,
    }),
  )
}
