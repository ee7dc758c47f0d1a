/**
 * A user registers. The password is checked against the policy and hashed before anything is appended. The
 * constraints of the read table decide whether the e-mail address and the username are free.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended } from '../../platform/event-store/event-store.ts'
import {
  eventId,
  findEarlier,
  type IdempotencyKey,
  runOnce,
} from '../../platform/event-store/idempotency.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { isTooLong, PasswordRefusedError, passwordFault } from '../../platform/passwords/policy.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findTakenNames } from './queries.ts'
import { user } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'

export interface Registration {
  readonly email: string
  readonly username: string
  readonly password: string
  /** The network that the request comes from, whose turn the hashes take. */
  readonly client: string
  /** Aborts when the client has gone. */
  readonly gone?: AbortSignal
  readonly key?: IdempotencyKey | undefined
  readonly metadata: Metadata
}

export interface RegisterDeps extends UserCommandDeps {
  readonly pool: Queryable
}

export interface Registered extends Appended {
  readonly id: string
}

/** Registers a user and returns the user's id. Throws PasswordRefusedError, `email_taken` or `username_taken`. */
export function registerUser(deps: RegisterDeps, registration: Registration): Promise<Registered> {
  return runOnce(
    registration.key,
    (key) => findEarlierRegistration(deps, registration, key),
    () => hashAndAppend(deps, registration),
  )
}

async function hashAndAppend(deps: RegisterDeps, registration: Registration): Promise<Registered> {
  const { password, client, gone } = registration
  const fault = passwordFault(password, registration, deps.passwordMinLength)
  if (fault) throw new PasswordRefusedError(fault, await takenNames(deps, registration))
  const passwordHash = await deps.hasher.hash(password, { key: client, gone })
  return appendUser(deps, registration, passwordHash).catch(async (error: unknown) => {
    throw await withOtherName(deps, registration, error)
  })
}

/** What rejects the names of a registration. A form can then show everything at once. */
async function takenNames({ pool }: RegisterDeps, registration: Registration) {
  const codes = await findTakenNames(pool, registration)
  return codes.map((code) => new RejectedError(code, 'another user has this name'))
}

/** The read table reports the first name that is taken. This adds the other one, for the same hash. */
async function withOtherName(
  deps: RegisterDeps,
  registration: Registration,
  error: unknown,
): Promise<unknown> {
  const isTaken = error instanceof RejectedError && /^(email|username)_taken$/.test(error.code)
  if (!isTaken) return error
  const { code, constraint, message } = error
  const also = (await takenNames(deps, registration)).filter((other) => other.code !== code)
  return new RejectedError(code, message, { ...(constraint && { constraint }), also })
}

/** Appends the registration. Throws `already_appended` when an earlier request with the same key did. */
export async function appendUser(
  { store }: Pick<UserCommandDeps, 'store'>,
  { email, username, key, metadata }: Registration,
  passwordHash: string,
): Promise<Registered> {
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

/** The registration by an earlier request with this key. Its password is verified as a login's would be. */
async function findEarlierRegistration(
  { store, hasher, checkPassword }: UserCommandDeps,
  { email, username, password, client, gone }: Registration,
  key: IdempotencyKey,
): Promise<Registered | undefined> {
  const [found] =
    (await findEarlier(store, key, {
      aggregate: user,
      isSame: async ({ event }) =>
        event.type === 'UserRegistered' &&
        event.data.email === email &&
        event.data.username === username &&
        !isTooLong(password) &&
        checkPassword({ account: email, client }, () =>
          hasher.verify(event.data.passwordHash, password, { key: client, gone }),
        ),
    })) ?? []
  if (!found) return undefined
  const { event: _, streamId, ...appended } = found
  return { ...appended, id: streamId }
}
