/** The events of a user, in their newest shape. Only the database's casts read older shapes. */

import { type PublishedShapes, publish } from '../../platform/feed/shapes.ts'

/** A user registered. Users of release 0 have no username. */
export interface UserRegistered {
  readonly type: 'UserRegistered'
  readonly data: {
    readonly id: string
    readonly email: string
    readonly passwordHash: string
    readonly username: string | null
  }
}

/** The password changed, and all sessions ended except `sessionId`. All ended if it is null. */
export interface PasswordChanged {
  readonly type: 'PasswordChanged'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly passwordHash: string
    readonly sessionId: string | null
  }
}

/** The same password was hashed again at a higher cost. No session ended. */
export interface PasswordRehashed {
  readonly type: 'PasswordRehashed'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly passwordHash: string
  }
}

/** The user proved that they read the mail of this address. */
export interface EmailVerified {
  readonly type: 'EmailVerified'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly email: string
  }
}

/**
 * The user has another username from now on. The earlier one stays reserved for the user until `reservedUntil`; if
 * that is null, it is free for other users at once.
 */
export interface UsernameChanged {
  readonly type: 'UsernameChanged'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly username: string
    /** Null for users who had none, and where it is free at once. */
    readonly oldUsername: string | null
    /** RFC 3339. */
    readonly reservedUntil: string | null
  }
}

/** The user has another e-mail address from now on. The earlier one is free for other users. */
export interface EmailChanged {
  readonly type: 'EmailChanged'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly email: string
    readonly oldEmail: string
    /** Whether the earlier address was verified. Its owner then gets a notice. */
    readonly oldVerified: boolean
    /** The id of the change that this one takes back; null when the user asked for another address. */
    readonly reverts: string | null
  }
}

/** The user deleted their account. The address is free at once, the username when it can no longer be restored. */
export interface UserLeft {
  readonly type: 'UserLeft'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly email: string
    readonly username: string | null
  }
}

/** The account of a user who had left is back, with all that the read tables had given up. */
export interface UserRestored {
  readonly type: 'UserRestored'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly email: string
    readonly username: string | null
    readonly passwordHash: string
  }
}

/** The user's personal data were erased, also from the earlier events, except for the parts in `kept`. */
export interface UserForgotten {
  readonly type: 'UserForgotten'
  readonly data: {
    readonly id: string
    readonly userId: string
    readonly kept: readonly string[]
  }
}

export type UserEvent =
  | UserRegistered
  | PasswordChanged
  | PasswordRehashed
  | EmailVerified
  | UsernameChanged
  | UserForgotten
  | EmailChanged
  | UserLeft
  | UserRestored

/** What other systems get of these events. */
export const published = {
  user_registered_1: publish<UserRegistered>('user', 'A user registered', {
    id: 'open',
    email: 'personal',
    passwordHash: 'withheld',
    username: 'personal',
  }),
  password_changed_2: publish<PasswordChanged>(
    'user',
    'A user changed the password, which ended every session except this one',
    { id: 'open', userId: 'open', passwordHash: 'withheld', sessionId: 'open' },
  ),
  password_rehashed_4: publish<PasswordRehashed>(
    'user',
    'The unchanged password of a user got a more costly hash',
    { id: 'open', userId: 'open', passwordHash: 'withheld' },
  ),
  email_verified_8: publish<EmailVerified>('user', 'A user verified this e-mail address', {
    id: 'open',
    userId: 'open',
    email: 'personal',
  }),
  username_changed_14: publish<UsernameChanged>(
    'user',
    'A user got another username. The earlier one is reserved until then',
    {
      id: 'open',
      userId: 'open',
      username: 'personal',
      oldUsername: 'personal',
      reservedUntil: 'open',
    },
  ),
  email_changed_13: publish<EmailChanged>(
    'user',
    'A user got another e-mail address. `reverts` is the change that this one takes back',
    {
      id: 'open',
      userId: 'open',
      email: 'personal',
      oldEmail: 'personal',
      oldVerified: 'open',
      reverts: 'open',
    },
  ),
  user_left_15: publish<UserLeft>(
    'user',
    'A user deleted their account, which ended every session',
    {
      id: 'open',
      userId: 'open',
      email: 'personal',
      username: 'personal',
    },
  ),
  user_restored_15: publish<UserRestored>(
    'user',
    'A user who had left is back, with this address and this username',
    {
      id: 'open',
      userId: 'open',
      email: 'personal',
      username: 'personal',
      passwordHash: 'withheld',
    },
  ),
  user_forgotten_12: publish<UserForgotten>(
    'user',
    'The personal data of a user were erased, except for the parts in `kept`. Erase your copies',
    { id: 'open', userId: 'open', kept: 'open' },
  ),
} as const satisfies PublishedShapes
