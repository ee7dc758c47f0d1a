/**
 * A user registers where e-mail addresses must be verified. No response, now or to a later request, shows
 * whether an address has an account. The owner of the address gets a mail in either case.
 *
 * Usernames are public, so a response may show that one is taken. But a username that becomes taken by a
 * registration would show that its address was free. So the first client to request a username reserves
 * it, whether or not the registration succeeds. Later requests for it get `username_taken`; only a retry
 * with the same idempotency key gets 202 again.
 */

import { randomUUID } from 'node:crypto'
import { RejectedError } from '../../platform/event-store/errors.ts'
import { eventId } from '../../platform/event-store/idempotency.ts'
import { judgePassword } from '../../platform/passwords/policy.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { enqueue } from '../../platform/task-queue/task.ts'
import { isUsernameTaken } from './queries.ts'
import { appendRegistration, type Registration } from './register.ts'
import { user } from './user.ts'
import type { UserCommandDeps } from './user-command-deps.ts'
import type { ReserveName } from './username-reservations.ts'

/** Mails the owner of the address `email` that someone tried to register with it again. */
export const registrationNoticeTask = 'registration_notice_8'

export interface RegisterWithoutDisclosureDeps extends UserCommandDeps {
  readonly pool: Queryable
  readonly reserveUsername: ReserveName
}

/**
 * The codes of a registration rejected for its address, its username or its idempotency key. When several
 * apply, which one comes first depends on the order in which the constraints are checked.
 */
const takenCodes: ReadonlySet<string> = new Set([
  'email_taken',
  'username_taken',
  'already_appended',
])

/** Registers a user, or enqueues a mail to the owner. Throws `username_taken`, but never `email_taken`. */
export async function registerWithoutDisclosure(
  deps: RegisterWithoutDisclosureDeps,
  registration: Registration,
): Promise<void> {
  const { email, username, password, key } = registration
  // First, so that a request with a weak password reserves no username.
  judgePassword(password, registration, deps.passwordMinLength)
  const owner = key ? `${key.actor} ${key.key}` : randomUUID()
  const reservation = await deps.reserveUsername(username, owner)
  if (!reservation) throw usernameTaken()
  // Runs while the password is hashed: a look-up after the hash would make taken addresses slower.
  const lookup = lookUpUsername(deps, registration)
  // A successful registration never awaits the look-up, whose failure must not end the OS process.
  lookup.catch(() => undefined)
  try {
    await appendRegistration(deps, registration)
  } catch (error) {
    if (!(error instanceof RejectedError && takenCodes.has(error.code))) {
      // Without a key the client could not retry, so release the reservation.
      if (!key) await reservation.release().catch(() => undefined)
      throw error
    }
    const { isTaken, isRetry } = await lookup
    // The username can be taken in spite of the reservation: servers of older releases reserve none.
    if ((isTaken || error.code === 'username_taken') && !isRetry) throw usernameTaken()
    // The worker finds out whether the mail is needed, so that the response takes the same time.
    await enqueue(deps.pool, registrationNoticeTask, {
      email,
      ...(key && { registration: eventId(key, 0) }),
    })
  }
}

/** Whether the username is taken, and whether an earlier request with the same key took it. */
async function lookUpUsername(
  { pool, store }: RegisterWithoutDisclosureDeps,
  { username, key }: Registration,
) {
  const isTaken = await isUsernameTaken(pool, username)
  // In this order: a concurrent registration by the same key, once seen above, is seen here too.
  const [earlier] = key ? await store.find(user, [eventId(key, 0)]) : []
  const event = earlier?.event
  const isRetry = event?.type === 'UserRegistered' && event.data.username === username
  return { isTaken, isRetry }
}

function usernameTaken(): RejectedError {
  return new RejectedError(
    'username_taken',
    'the username is taken or reserved; choose another one',
  )
}
