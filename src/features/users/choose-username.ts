/**
 * The owner of an address chooses a username in the request that first verifies the address, by a token or by
 * a password reset. A stranger may have registered the address and chosen the first username.
 *
 * The earlier name is free at once for other users; where usernames are reserved, for the request that
 * reserved it. The constraints of the read tables decide whether the new one is free. A request that fails
 * reserves no name, so the new one is claimed last, around the append.
 */

import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { UserEvent } from './events.ts'
import { type User, user } from './user.ts'
import type { ClaimUsername } from './username-reservations.ts'

export interface ChosenUsername {
  /** None without a username or with the present one. */
  readonly events: readonly UserEvent[]
  /** Runs the append of the events. Throws `username_taken` when the name is reserved for another address. */
  readonly whileClaimed: <Result>(append: () => Promise<Result>) => Promise<Result>
}

/** Decides the choice. Throws `already_verified` when the address is already verified. */
export function chooseUsername(
  claimUsername: ClaimUsername,
  state: User,
  username: string | undefined,
): ChosenUsername {
  const none: ChosenUsername = { events: [], whileClaimed: (append) => append() }
  if (username === undefined) return none
  const events = user.decide({ type: 'ChooseUsername', id: uuidV7(), username }, state)
  if (events.length === 0 || state.status !== 'registered') return none
  const { email } = state
  return { events, whileClaimed: (append) => claimUsername({ username, email }, append) }
}
