/**
 * The aggregate of a registration that registers no user, because a user has its address. A stream of its own,
 * so that strangers do not change the version of the user.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { type PublishedShapes, publish } from '../../platform/feed/shapes.ts'

/** Someone tried to register with the address of the user. */
export interface RegistrationRepeated {
  readonly type: 'RegistrationRepeated'
  readonly data: { readonly id: string; readonly userId: string }
}

export interface RepeatRegistration {
  readonly type: 'RepeatRegistration'
  readonly id: string
  readonly userId: string
}

export const registration: Aggregate<null, RepeatRegistration, RegistrationRepeated> = {
  view: 'registration_stream_9',
  tables: { RegistrationRepeated: 'registration_repeated_9' },
  initialState: null,
  evolve: (state) => state,
  decide: ({ id, userId }) => [{ type: 'RegistrationRepeated', data: { id, userId } }],
}

/** What other systems get of these events. */
export const published = {
  registration_repeated_9: publish<RegistrationRepeated>(
    'registration',
    'A registration used the address of this user, who gets an e-mail about it',
    { id: 'open', userId: 'open' },
  ),
} as const satisfies PublishedShapes
