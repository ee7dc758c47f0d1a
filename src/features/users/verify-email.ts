/** Verifying the address of a user who has shown that he reads its mail. */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { user } from './user.ts'

export interface Verification {
  readonly userId: string
  /** The version of the user's stream at which the proof was good. */
  readonly version: number
  readonly metadata: Metadata
}

/**
 * Throws `invalid_token` where there is nothing left to verify, or `version_conflict` when the user is
 * no longer at this version.
 */
export async function verifyEmail(
  { store }: { readonly store: EventStore },
  { userId, version, metadata }: Verification,
): Promise<Appended> {
  const { state } = await store.load(user, userId, version)
  const events = user.decide({ type: 'VerifyEmail', id: uuidV7() }, state)
  if (events.length === 0)
    throw new RejectedError('invalid_token', 'the address is verified already')
  const decision = { aggregate: user, streamId: userId, expectedVersion: version }
  return store.append({ ...decision, events, metadata })
}
