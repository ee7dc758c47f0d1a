/**
 * Registering a user. The password policy is checked and the password hashed before anything is appended;
 * whether the address and the username are free is decided by the read table's constraints.
 */

import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import {
  eventId,
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { TryPassword } from '../../platform/passwords/attempts.ts'
import type { PasswordHasher } from '../../platform/passwords/hasher.ts'
import { isTooLong, judgePassword } from '../../platform/passwords/policy.ts'
import { user } from './user.ts'

export interface UserCommandDeps {
  readonly store: EventStore
  readonly hasher: PasswordHasher
  readonly tryPassword: TryPassword
  /** In code points. */
  readonly passwordMinLength: number
}

export interface Registration {
  readonly email: string
  readonly username: string
  readonly password: string
  /** The network that the request comes from. */
  readonly client: string
  readonly key?: IdempotencyKey | undefined
  readonly metadata: Metadata
}

/** Registers a user and answers his id. That address and name are free is the read table's to say. */
export function registerUser(
  deps: UserCommandDeps,
  registration: Registration,
): Promise<Appended & { readonly id: string }> {
  const find = (key: IdempotencyKey) => findRegistration(deps, registration, key)
  return runOnce(registration.key, find, () => registerNow(deps, registration))
}

/** As `registerUser`, without a look whether it was done before under its key: then it is refused. */
export async function registerNow(
  { store, hasher, passwordMinLength }: UserCommandDeps,
  { email, username, password, key, metadata }: Registration,
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
    ...(key && { eventIds: [eventId(key, 0)] }),
  })
  return { ...appended, id }
}

/** The registration under this key, if there was one. The password is compared as a login would. */
async function findRegistration(
  { store, hasher, tryPassword }: UserCommandDeps,
  { email, username, password, client }: Registration,
  key: IdempotencyKey,
): Promise<(Appended & { readonly id: string }) | undefined> {
  const [found] =
    (await findEarlier(store, key, {
      aggregate: user,
      isSame: async ({ event }) =>
        event.type === 'UserRegistered' &&
        event.data.email === email &&
        event.data.username === username &&
        !isTooLong(password) &&
        tryPassword({ account: email, client }, () =>
          hasher.verify(event.data.passwordHash, password),
        ),
    })) ?? []
  if (!found) return undefined
  const { event: _, streamId, ...appended } = found
  return { ...appended, id: streamId }
}
