/**
 * The aggregate of a user, who registers once, changes the password, verifies the e-mail address and may then
 * choose another username. The service renews the hash of the password. An operator can erase a user's personal data; then
 * the user has departed, and every command is rejected.
 *
 * The constraints of the read table, which see all users, decide whether an address and a username are free.
 * Passwords arrive checked (`platform/passwords/policy.ts`) and hashed.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { UserEvent } from './events.ts'

export interface RegisterUser {
  readonly type: 'RegisterUser'
  readonly id: string
  readonly email: string
  readonly username: string
  readonly passwordHash: string
}

export interface ChangePassword {
  readonly type: 'ChangePassword'
  /** The id of the change, not of the user. */
  readonly id: string
  readonly passwordHash: string
  /** The session that stays; null when all end. */
  readonly sessionId: string | null
}

export interface RehashPassword {
  readonly type: 'RehashPassword'
  /** The id of the renewal, not of the user. */
  readonly id: string
  /** The hash that the password was verified against. Only this hash is replaced. */
  readonly verifiedHash: string
  readonly passwordHash: string
}

export interface VerifyEmail {
  readonly type: 'VerifyEmail'
  /** The id of the verification, not of the user. */
  readonly id: string
}

/**
 * The owner of the address chooses a username while verifying it: a stranger may have registered the address
 * and chosen the first one.
 */
export interface ChooseUsername {
  readonly type: 'ChooseUsername'
  /** The id of the change, not of the user. */
  readonly id: string
  readonly username: string
}

export type UserCommand =
  | RegisterUser
  | ChangePassword
  | RehashPassword
  | VerifyEmail
  | ChooseUsername

export type User =
  | { readonly status: 'unknown' }
  | { readonly status: 'departed'; readonly id: string }
  | {
      readonly status: 'registered'
      readonly id: string
      readonly email: string
      readonly username: string | null
      readonly passwordHash: string
      /** The id of the registration or change that set the password. A renewed hash does not change it. */
      readonly passwordSetBy: string
      readonly emailVerified: boolean
    }

export const user: Aggregate<User, UserCommand, UserEvent> = {
  view: 'user_stream_12',
  tables: {
    UserRegistered: 'user_registered_1',
    PasswordChanged: 'password_changed_2',
    PasswordRehashed: 'password_rehashed_4',
    EmailVerified: 'email_verified_8',
    UsernameChanged: 'username_changed_9',
    UserForgotten: 'user_forgotten_12',
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
      return { ...state, emailVerified: event.data.email === state.email }
    case 'UsernameChanged':
      if (state.status !== 'registered') return state
      return { ...state, username: event.data.username }
    case 'UserForgotten':
      return { status: 'departed', id: event.data.userId }
    default:
      return event satisfies never
  }
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
  return [{ type: 'UsernameChanged', data: { id, userId: state.id, username } }]
}
