/**
 * Changing the password. The current password is checked and the new one hashed before anything is
 * appended; the change is decided on the one version of the user that the current password was checked
 * against.
 */

import type { Loaded } from '../../platform/event-store/aggregate.ts'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import {
  eventId,
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import type { RecordedEvent } from '../../platform/event-store/load.ts'
import { isVersionConflict } from '../../platform/event-store/retry-on-conflict.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { isTooLong, judgePassword } from '../../platform/passwords/policy.ts'
import type { UserEvent } from './events.ts'
import type { UserCommandDeps } from './register.ts'
import { type ChangePassword, type User, user } from './user.ts'

export interface PasswordChange {
  readonly userId: string
  /** The session that asks, and stays; every other one ends. */
  readonly sessionId: string
  readonly currentPassword: string
  readonly newPassword: string
  /** The network that the request comes from. */
  readonly client: string
  readonly key?: IdempotencyKey | undefined
  /** Throws when the version of the user's stream is not the one the caller knows. */
  readonly precondition: (version: number) => void
  readonly metadata: Metadata
}

/** Changes the password, decided on the one version of the user that the current one was held against. */
export function changePassword(deps: UserCommandDeps, change: PasswordChange): Promise<Appended> {
  const find = (key: IdempotencyKey) => findPasswordChange(deps, change, key)
  return runOnce(change.key, find, () => changePasswordNow(deps, change))
}

/** The change under this key, if there was one. Both passwords are compared as a login would. */
async function findPasswordChange(
  { store, hasher, tryPassword }: UserCommandDeps,
  { userId, currentPassword, newPassword, client }: PasswordChange,
  key: IdempotencyKey,
): Promise<Appended | undefined> {
  const isSame = async ({ event, version }: RecordedEvent<UserEvent>) => {
    if (event.type !== 'PasswordChanged' || isTooLong(newPassword)) return false
    const { state } = await store.load(user, userId, version - 1)
    if (state.status !== 'registered') return false
    return tryPassword(
      { account: state.email, client },
      async () =>
        (await hasher.verify(event.data.passwordHash, newPassword)) &&
        (await hasher.verify(state.passwordHash, currentPassword)),
    )
  }
  const [found] = (await findEarlier(store, key, { aggregate: user, isSame })) ?? []
  if (!found) return undefined
  const { event: _event, streamId: _streamId, ...appended } = found
  return appended
}

async function changePasswordNow(
  { store, hasher, tryPassword, passwordMinLength }: UserCommandDeps,
  change: PasswordChange,
): Promise<Appended> {
  const { userId, sessionId, client, precondition } = change
  // 1. Who it is, and whether the caller knows the newest of him.
  const { state, version } = await store.load(user, userId)
  precondition(version)
  if (state.status === 'unknown') throw new RejectedError('not_found', 'no such user')
  // 2. Whether he may, before a hash is spent on the new password.
  const right = await tryPassword({ account: state.email, client }, () =>
    hasher.verify(state.passwordHash, change.currentPassword),
  )
  if (!right) {
    throw new RejectedError('wrong_password', 'the current password is another one')
  }
  judgePassword(change.newPassword, state, passwordMinLength)
  // 3. The change.
  const passwordHash = await hasher.hash(change.newPassword)
  const command = { type: 'ChangePassword', id: uuidV7(), passwordHash, sessionId } as const
  return appendChange(store, change, command, { state, version })
}

/** Appends a change that was decided on this state, or on one with a new hash of its password. */
async function appendChange(
  store: EventStore,
  change: PasswordChange,
  command: ChangePassword,
  { state, version }: Loaded<User>,
): Promise<Appended> {
  const { userId, key, precondition, metadata } = change
  const events = user.decide(command, state)
  try {
    return await store.append({
      aggregate: user,
      streamId: userId,
      expectedVersion: version,
      events,
      metadata,
      ...(key && { eventIds: [eventId(key, 0)] }),
    })
  } catch (error) {
    if (!isVersionConflict(error)) throw error
    const now = await store.load(user, userId)
    // Somebody was faster. If the caller named a version, that is what he has to hear.
    precondition(now.version)
    // A login that renewed the hash is no rival, and happens once for each rise of the cost.
    const stands = now.version > version && passwordOf(now.state) === passwordOf(state)
    if (!stands) throw error
    return appendChange(store, change, command, now)
  }
}

function passwordOf(state: User): string | undefined {
  return state.status === 'registered' ? state.passwordSetBy : undefined
}
