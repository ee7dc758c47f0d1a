/**
 * Registering and changing the password: what is slow (hashing) and what can be refused without the
 * log (policy, the current password) comes before anything is appended.
 */

import { isVersionConflict } from '../event-store/decide-anew.ts'
import { RejectedError } from '../event-store/errors.ts'
import type { Metadata } from '../event-store/event.ts'
import type { Appended, EventStore } from '../event-store/store.ts'
import { uuidV7 } from '../event-store/uuid-v7.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { judgePassword } from './password-policy.ts'
import { user } from './user.ts'

export interface UserCommandDeps {
  readonly store: EventStore
  readonly hasher: PasswordHasher
  /** In code points. */
  readonly passwordMinLength: number
}

export interface Registration {
  readonly email: string
  readonly username: string
  readonly password: string
  readonly metadata: Metadata
}

/** Registers a user and answers his id. That address and name are free is the read table's to say. */
export async function registerUser(
  { store, hasher, passwordMinLength }: UserCommandDeps,
  { email, username, password, metadata }: Registration,
): Promise<Appended & { readonly id: string }> {
  judgePassword(password, { email, username }, passwordMinLength)
  const passwordHash = await hasher.hash(password)
  const id = uuidV7()
  const events = user.decide(
    { type: 'RegisterUser', id, email, username, passwordHash },
    user.initialState,
  )
  const appended = await store.append({
    aggregate: user,
    streamId: id,
    expectedVersion: 0,
    events,
    metadata,
  })
  return { ...appended, id }
}

export interface PasswordChange {
  readonly userId: string
  /** The session that asks, and stays; every other one ends. */
  readonly sessionId: string
  readonly currentPassword: string
  readonly newPassword: string
  /** Throws when the version of the user's stream is not the one the caller knows. */
  readonly precondition: (version: number) => void
  readonly metadata: Metadata
}

/** Changes the password, decided on the one version of the user that the current one was held against. */
export async function changePassword(
  { store, hasher, passwordMinLength }: UserCommandDeps,
  change: PasswordChange,
): Promise<Appended> {
  const { userId, sessionId, precondition, metadata } = change
  // 1. Who it is, and whether the caller knows the newest of him.
  const { state, version } = await store.load(user, userId)
  precondition(version)
  if (state.status === 'unknown') throw new RejectedError('not_found', 'no such user')
  // 2. Whether he may, before a hash is spent on the new password.
  if (!(await hasher.verify(state.passwordHash, change.currentPassword))) {
    throw new RejectedError('wrong_password', 'the current password is another one')
  }
  judgePassword(change.newPassword, state, passwordMinLength)
  // 3. The change.
  const passwordHash = await hasher.hash(change.newPassword)
  const events = user.decide(
    { type: 'ChangePassword', id: uuidV7(), passwordHash, sessionId },
    state,
  )
  try {
    return await store.append({
      aggregate: user,
      streamId: userId,
      expectedVersion: version,
      events,
      metadata,
    })
  } catch (error) {
    // Somebody was faster. If the caller named a version, that is what he has to hear.
    if (isVersionConflict(error)) precondition((await store.load(user, userId)).version)
    throw error
  }
}
