/**
 * A user registers where e-mail addresses must be verified. No response, now or to a later request, shows
 * whether an address has an account. The owner of the address gets a mail in either case.
 *
 * The positions of the log show it neither. A registration with the address of a user appends an event in
 * the same call as one with a free address, and the mail about either appends one more. A rejected append
 * would use up a position, so nothing is left to a constraint: the registrations with one address run one
 * at a time, on all servers, and look first.
 *
 * Usernames are public, so a response may show that one is taken. But a username that becomes taken by a
 * registration would show that its address was free. So the first request for a username reserves it,
 * whether or not it registers a user. Later requests for it get `username_taken`; only a retry with the same
 * idempotency key gets 202 again.
 */

import { randomUUID } from 'node:crypto'
import { RejectedError } from '../../platform/event-store/errors.ts'
import { eventId } from '../../platform/event-store/idempotency.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { PasswordRefusedError, passwordFault } from '../../platform/passwords/policy.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { OneAtATime } from '../../platform/rate-limits/one-at-a-time.ts'
import { findCredentials, isEventRecorded, isUsernameTaken } from './queries.ts'
import { appendUser, type Registration } from './register.ts'
import { registration as repeated } from './registration.ts'
import { user } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'
import { type UsernameReservations, usernameTaken } from './username-reservations.ts'

export interface RegisterWithoutDisclosureDeps extends UserCommandDeps {
  readonly pool: Queryable
  readonly usernames: UsernameReservations
  readonly oneAtATime: OneAtATime
}

/** How often a registration looks and appends. Only servers that disclose accounts get in between. */
const ATTEMPTS = 3

/** The codes of a registration that another server's came before, or the erasure of the user with its address. */
const takenCodes: ReadonlySet<string> = new Set([
  'email_taken',
  'username_taken',
  'already_appended',
  'not_found',
])

/** Registers a user, or reports the attempt to the owner. Throws `username_taken`, never `email_taken`. */
export async function registerWithoutDisclosure(
  deps: RegisterWithoutDisclosureDeps,
  registration: Registration,
): Promise<void> {
  const { email, username, password, client, gone, key } = registration
  const request = key ? `${key.actor} ${key.key}` : randomUUID()
  // First, so that a request with a weak password reserves no username.
  const fault = passwordFault(password, registration, deps.passwordMinLength)
  if (fault) {
    const isTaken = await isUnavailable(deps, username, request)
    throw new PasswordRefusedError(fault, isTaken ? [usernameTaken()] : [])
  }
  const reservation = await deps.usernames.reserve({ username, email, request })
  if (!reservation) throw usernameTaken()
  try {
    const passwordHash = await deps.hasher.hash(password, { key: client, gone })
    await deps.oneAtATime(email, () => appendEither(deps, registration, passwordHash))
  } catch (error) {
    // Without a key the client could not retry, so release the reservation.
    const isTaken = error instanceof RejectedError && error.code === 'username_taken'
    if (!key && !isTaken) await reservation.release().catch(() => undefined)
    throw error
  }
}

/**
 * Whether a registration would be rejected for its username. A reservation decides alone: whether the read table
 * contains a reserved name shows whether the address of the reserving request was free.
 */
async function isUnavailable(
  { pool, usernames }: RegisterWithoutDisclosureDeps,
  username: string,
  request: string,
): Promise<boolean> {
  const [reservation, isTaken] = await Promise.all([
    usernames.find(username, request),
    isUsernameTaken(pool, username),
  ])
  return reservation === undefined ? isTaken : reservation === 'other'
}

/** Appends the registration, or that it was repeated; nothing for a retry. */
async function appendEither(
  deps: RegisterWithoutDisclosureDeps,
  registration: Registration,
  passwordHash: string,
): Promise<void> {
  for (let left = ATTEMPTS - 1; ; left -= 1) {
    const { isNameTaken, owner, isRecorded } = await lookUp(deps, registration)
    if (isNameTaken) throw usernameTaken()
    if (isRecorded) return
    try {
      if (owner) await appendRepeated(deps, registration, owner.id)
      else await appendUser(deps, registration, passwordHash)
      return
    } catch (error) {
      if (!(error instanceof RejectedError && takenCodes.has(error.code))) throw error
      // Not the code itself, which may be `email_taken`.
      if (left === 0) throw new RejectedError('conflict', error.message)
    }
  }
}

/** What decides: the same queries at the same time, whatever they find. */
async function lookUp(
  { pool, store }: RegisterWithoutDisclosureDeps,
  { email, username, key }: Registration,
) {
  const id = key && eventId(key, 0)
  const [isTaken, owner, isRecorded, [earlier]] = await Promise.all([
    isUsernameTaken(pool, username),
    findCredentials(pool, email),
    id ? isEventRecorded(pool, id) : false,
    id ? store.find(user, [id]) : [],
  ])
  const { event } = earlier ?? {}
  const isOwn = event?.type === 'UserRegistered' && event.data.username === username
  // The username can be taken in spite of the reservation: servers of older releases reserve none.
  return { isNameTaken: isTaken && !isOwn, owner, isRecorded }
}

async function appendRepeated(
  { store }: RegisterWithoutDisclosureDeps,
  { key, metadata }: Registration,
  userId: string,
): Promise<void> {
  const id = uuidV7()
  await store.append({
    aggregate: repeated,
    streamId: id,
    expectedVersion: 0,
    events: repeated.decide({ type: 'RepeatRegistration', id, userId }, null),
    metadata,
    ...(key && { eventIds: [eventId(key, 0)] }),
  })
}
