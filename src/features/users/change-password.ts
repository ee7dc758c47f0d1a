/**
 * A user changes their password. The current password is checked and the new one hashed before anything is
 * appended. The change is decided on the same version of the user that the current password was checked
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
import { isTooLong, PasswordRefusedError, passwordFault } from '../../platform/passwords/policy.ts'
import type { ChangePassword } from './commands.ts'
import { type GivenPassword, isCurrentPassword } from './current-password.ts'
import type { UserEvent } from './events.ts'
import { type User, user } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'

export interface PasswordChange extends GivenPassword {
  readonly userId: string
  /** The session of the request. It stays; all others end. */
  readonly sessionId: string
  readonly newPassword: string
  readonly key?: IdempotencyKey | undefined
  /** Throws unless the user's stream is at the version that the client expects. */
  readonly precondition: (version: number) => void
  readonly metadata: Metadata
}

/** Changes the password. Throws `wrong_password`, PasswordRefusedError or `version_conflict`. */
export function changePassword(deps: UserCommandDeps, change: PasswordChange): Promise<Appended> {
  return runOnce(
    change.key,
    (key) => findEarlierChange(deps, change, key),
    () => checkAndChange(deps, change),
  )
}

/** The change by an earlier request with this key. Both passwords are verified as a login's would be. */
async function findEarlierChange(
  { store, hasher, checkPassword }: UserCommandDeps,
  { userId, currentPassword, newPassword, client, gone }: PasswordChange,
  key: IdempotencyKey,
): Promise<Appended | undefined> {
  const turn = { key: client, gone }
  const isSame = async ({ event, version }: RecordedEvent<UserEvent>) => {
    if (event.type !== 'PasswordChanged' || isTooLong(newPassword)) return false
    const { state } = await store.load(user, userId, version - 1)
    if (state.status !== 'registered') return false
    return checkPassword(
      { account: state.email, client },
      async () =>
        (await hasher.verify(event.data.passwordHash, newPassword, turn)) &&
        (await hasher.verify(state.passwordHash, currentPassword, turn)),
    )
  }
  const [found] = (await findEarlier(store, key, { aggregate: user, isSame })) ?? []
  if (!found) return undefined
  const { event: _event, streamId: _streamId, ...appended } = found
  return appended
}

async function checkAndChange(deps: UserCommandDeps, change: PasswordChange): Promise<Appended> {
  const { userId, sessionId, client, gone, precondition } = change
  const { store, hasher, passwordMinLength } = deps
  // 1. Load the user, and check the version that the client expects.
  const { state, version } = await store.load(user, userId)
  precondition(version)
  if (state.status !== 'registered') throw new RejectedError('not_found', 'there is no such user')
  // 2. Check the current password, before a hash of the new one is paid for.
  const isRight = await isCurrentPassword(deps, state, change)
  const fault = passwordFault(change.newPassword, state, passwordMinLength)
  const refused = fault ? [new PasswordRefusedError(fault)] : []
  if (!isRight) {
    const message = 'the current password is wrong'
    throw new RejectedError('wrong_password', message, { also: refused })
  }
  for (const error of refused) throw error
  // 3. Change the password.
  const passwordHash = await hasher.hash(change.newPassword, { key: client, gone })
  const command = { type: 'ChangePassword', id: uuidV7(), passwordHash, sessionId } as const
  return appendChange(store, change, command, { state, version })
}

/** Appends the change. Retries at the newest version if only the hash of the password was renewed. */
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
    const newest = await store.load(user, userId)
    // When the client sent a version, `version_mismatch` must be the answer, not `version_conflict`.
    precondition(newest.version)
    // A login that renews the hash does not change the password, and happens once per rise of the cost.
    const isSamePassword =
      newest.version > version && passwordSetBy(newest.state) === passwordSetBy(state)
    if (!isSamePassword) throw error
    return appendChange(store, change, command, newest)
  }
}

function passwordSetBy(state: User): string | undefined {
  return state.status === 'registered' ? state.passwordSetBy : undefined
}
