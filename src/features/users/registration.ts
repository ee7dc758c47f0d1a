/**
 * The aggregate of a registration that registers no user, because a user has its address. A stream of its own,
 * so that strangers do not change the version of the user.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'

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
