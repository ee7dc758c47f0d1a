/**
 * The owner of an address chooses a username in the request that first verifies the address, by a token or by
 * a password reset. A stranger may have registered the address and chosen the first username.
 *
 * The earlier name is free at once for other users; where usernames are reserved, for the request that
 * reserved it. The constraints of the read tables decide whether the new one is free.
 */

import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { UserEvent } from './events.ts'
import { type User, user } from './user.ts'
import type { ClaimUsername } from './username-reservations.ts'

/**
 * The events of the choice; none without a username or with the present one. Throws `already_verified` when
 * the address is already verified, and `username_taken` when the name is reserved for another address.
 */
export async function chooseUsername(
  claimUsername: ClaimUsername,
  state: User,
  username: string | undefined,
): Promise<readonly UserEvent[]> {
  if (username === undefined) return []
  const events = user.decide({ type: 'ChooseUsername', id: uuidV7(), username }, state)
  if (events.length > 0 && state.status === 'registered') await claimUsername(username, state.email)
  return events
}
