/**
 * The aggregate of a user, who registers, changes the password, verifies the e-mail address and may then choose another
 * username, and changes the address and the username later. The service renews the hash of the password. A user who
 * left can be restored. An erasure of the personal data is final: then every command is rejected.
 *
 * The constraints of the read tables decide what depends on other users or on the time: whether an address and a
 * username are free, and whether a user can still be restored.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { RejectedError } from '../../platform/event-store/errors.ts'
import { TooManyRequestsError } from '../../platform/rate-limits/errors.ts'
import type {
  ChangeEmail,
  ChangeUsername,
  ChooseUsername,
  LeaveUser,
  RestoreUser,
  UserCommand,
} from './commands.ts'
import type { UserEvent } from './events.ts'

export type User =
  | { readonly status: 'unknown' }
  | { readonly status: 'departed'; readonly id: string }
  /** The account as it was, for a restoration. */
  | { readonly status: 'left'; readonly id: string; readonly account: RegisteredUser }
  | RegisteredUser

export interface RegisteredUser {
  readonly status: 'registered'
  readonly id: string
  readonly email: string
  readonly username: string | null
  readonly passwordHash: string
  /** The id of the registration or change that set the password. A renewed hash does not change it. */
  readonly passwordSetBy: string
  readonly emailVerified: boolean
  /** The last address that the user verified; null without one. */
  readonly verifiedEmail: string | null
  /** Until when the last change of the username reserves the earlier one; null without a change. */
  readonly reservedUntil: string | null
}

export const user: Aggregate<User, UserCommand, UserEvent> = {
  view: 'user_stream_15',
  tables: {
    UserRegistered: 'user_registered_1',
    PasswordChanged: 'password_changed_2',
    PasswordRehashed: 'password_rehashed_4',
    EmailVerified: 'email_verified_8',
    UserForgotten: 'user_forgotten_12',
    UsernameChanged: 'username_changed_14',
    EmailChanged: 'email_changed_13',
    UserLeft: 'user_left_15',
    UserRestored: 'user_restored_15',
  },
  initialState: { status: 'unknown' },
  evolve,
  decide,
}

function evolve(state: User, event: UserEvent): User {
  switch (event.type) {
    case 'UserRegistered':
      return {
        status: 'registered',
        ...event.data,
        passwordSetBy: event.data.id,
        emailVerified: false,
        verifiedEmail: null,
        reservedUntil: null,
      }
    case 'PasswordChanged': {
      if (state.status !== 'registered') return state
      const { id, passwordHash } = event.data
      return { ...state, passwordHash, passwordSetBy: id }
    }
    case 'PasswordRehashed':
      if (state.status !== 'registered') return state
      return { ...state, passwordHash: event.data.passwordHash }
    case 'EmailVerified':
      if (state.status !== 'registered') return state
      return withAddress(state, { verifiedEmail: event.data.email })
    case 'EmailChanged':
      if (state.status !== 'registered') return state
      return withAddress(state, { email: event.data.email })
    case 'UsernameChanged':
      if (state.status !== 'registered') return state
      return {
        ...state,
        username: event.data.username,
        reservedUntil: event.data.reservedUntil ?? state.reservedUntil,
      }
    case 'UserLeft':
      if (state.status !== 'registered') return state
      return { status: 'left', id: state.id, account: state }
    case 'UserRestored': {
      if (state.status !== 'left') return state
      const { email, username, passwordHash } = event.data
      return withAddress({ ...state.account, username, passwordHash }, { email })
    }
    case 'UserForgotten':
      return { status: 'departed', id: event.data.userId }
    default:
      return event satisfies never
  }
}

/** Verification belongs to the address: an address that was verified before stays so. */
function withAddress(
  state: RegisteredUser,
  change: { readonly email: string } | { readonly verifiedEmail: string },
): User {
  const changed = { ...state, ...change }
  return { ...changed, emailVerified: changed.verifiedEmail === changed.email }
}

function decide(command: UserCommand, state: User): readonly UserEvent[] {
  switch (command.type) {
    case 'RegisterUser': {
      if (state.status !== 'unknown') {
        throw new RejectedError('conflict', `user ${state.id} is already registered`)
      }
      const { type: _, ...data } = command
      return [{ type: 'UserRegistered', data }]
    }
    case 'ChangePassword': {
      if (state.status !== 'registered') {
        throw new RejectedError('not_found', 'there is no such user')
      }
      const { type: _, ...data } = command
      return [{ type: 'PasswordChanged', data: { ...data, userId: state.id } }]
    }
    case 'RehashPassword': {
      const { id, verifiedHash, passwordHash } = command
      // The hash was replaced since, by a renewal or a change of the password.
      if (state.status !== 'registered' || state.passwordHash !== verifiedHash) return []
      return [{ type: 'PasswordRehashed', data: { id, userId: state.id, passwordHash } }]
    }
    case 'VerifyEmail': {
      if (state.status !== 'registered' || state.emailVerified) return []
      return [
        { type: 'EmailVerified', data: { id: command.id, userId: state.id, email: state.email } },
      ]
    }
    case 'ChooseUsername':
      return chooseUsername(command, state)
    case 'ChangeEmail':
      return changeEmail(command, state)
    case 'ChangeUsername':
      return changeUsername(command, state)
    case 'LeaveUser':
      return leave(command, state)
    case 'RestoreUser':
      return restore(command, state)
    default:
      return command satisfies never
  }
}

function chooseUsername({ id, username }: ChooseUsername, state: User): readonly UserEvent[] {
  if (state.status !== 'registered') throw new RejectedError('not_found', 'there is no such user')
  if (state.username === username) return []
  if (state.emailVerified) {
    throw new RejectedError(
      'already_verified',
      'the address is already verified; the username stays',
    )
  }
  // Free at once: a stranger may have chosen it.
  const free = { oldUsername: null, reservedUntil: null }
  return [{ type: 'UsernameChanged', data: { id, userId: state.id, username, ...free } }]
}

function changeEmail({ id, email, reverts }: ChangeEmail, state: User): readonly UserEvent[] {
  if (state.status !== 'registered') throw new RejectedError('not_found', 'there is no such user')
  const { email: oldEmail, emailVerified: oldVerified, id: userId } = state
  return [{ type: 'EmailChanged', data: { id, userId, email, oldEmail, oldVerified, reverts } }]
}

const dayMs = 24 * 60 * 60 * 1000
/** How long an earlier username stays reserved: others may know it, and it is in links and memories. */
const reservedMs = 30 * dayMs

function changeUsername({ id, username, at }: ChangeUsername, state: User): readonly UserEvent[] {
  if (state.status !== 'registered') throw new RejectedError('not_found', 'there is no such user')
  const { username: oldUsername, id: userId } = state
  if (oldUsername === username) return []
  const waitMs = waitBefore(at, state.reservedUntil)
  if (waitMs > 0) {
    throw new TooManyRequestsError({ name: 'usernames', quota: 1, seconds: dayMs / 1000, waitMs })
  }
  const reservedUntil = new Date(at.getTime() + reservedMs).toISOString()
  return [{ type: 'UsernameChanged', data: { id, userId, username, oldUsername, reservedUntil } }]
}

/** How long (ms) until a day has passed since the last change, whose reservation ends then. */
function waitBefore(at: Date, reservedUntil: string | null): number {
  if (reservedUntil === null) return 0
  return Date.parse(reservedUntil) - reservedMs + dayMs - at.getTime()
}

/** Nothing to do for a user who has left: two requests of one user may meet. */
function leave({ id, passwordSetBy }: LeaveUser, state: User): readonly UserEvent[] {
  if (state.status === 'left') return []
  if (state.status !== 'registered') throw new RejectedError('not_found', 'there is no such user')
  if (state.passwordSetBy !== passwordSetBy) {
    throw new RejectedError('wrong_password', 'the password was changed meanwhile')
  }
  const { id: userId, email, username } = state
  return [{ type: 'UserLeft', data: { id, userId, email, username } }]
}

function restore({ id, email }: RestoreUser, state: User): readonly UserEvent[] {
  if (state.status !== 'left') {
    throw new RejectedError('invalid_token', 'the user has not left, or was erased')
  }
  const { username, passwordHash } = state.account
  return [{ type: 'UserRestored', data: { id, userId: state.id, email, username, passwordHash } }]
}
