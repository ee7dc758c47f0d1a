/**
 * Registering where addresses must be verified: nothing that is answered, now or to a later request,
 * tells whether somebody has the address. Who has it hears of it by mail, either way.
 *
 * A username is public, so that one is taken is told. But one that is taken since it was registered
 * with an address tells that the address was free. So whoever asks for a name first has it from then
 * on, registered or not, and only the same request, by its key, is answered 202 again.
 */

import { randomUUID } from 'node:crypto'
import { RejectedError } from '../../platform/event-store/errors.ts'
import { eventId } from '../../platform/event-store/idempotency.ts'
import { judgePassword } from '../../platform/passwords/policy.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { ask } from '../../platform/task-queue/task.ts'
import { isUsernameTaken } from './queries.ts'
import { type Registration, registerNow, type UserCommandDeps } from './register.ts'
import { user } from './user.ts'
import type { Reserve } from './username-reservations.ts'

/** The process that tells an address's owner that somebody registered with it, again. */
export const registrationNoticeTask = 'registration_notice_8'

export interface WithoutDisclosureDeps extends UserCommandDeps {
  readonly pool: Queryable
  /** Asks for a username. */
  readonly reserveUsername: Reserve
}

/** What a registration is refused as because of its address, its name, or its key; which, depends. */
const taken: ReadonlySet<string> = new Set(['email_taken', 'username_taken', 'already_appended'])

/** Registers a user, or has the mail sent. Throws `username_taken`, never `email_taken`. */
export async function registerWithoutDisclosure(
  deps: WithoutDisclosureDeps,
  registration: Registration,
): Promise<void> {
  const { email, username, password, key } = registration
  // Who is told to choose another password has not asked for the name.
  judgePassword(password, registration, deps.passwordMinLength)
  const owner = key ? `${key.actor} ${key.key}` : randomUUID()
  const reservation = await deps.reserveUsername(username, owner)
  if (!reservation) throw usernameTaken()
  // While the password is hashed, so that it takes no time of its own where an address is taken.
  const found = lookUp(deps, registration)
  // Who is registered needs no answer of it.
  found.catch(() => undefined)
  try {
    await registerNow(deps, registration)
  } catch (error) {
    if (!(error instanceof RejectedError && taken.has(error.code))) {
      // Told to come again, he could not, without a key.
      if (!key) await reservation.release().catch(() => undefined)
      throw error
    }
    const { isTaken, isRepeat } = await found
    // A server of before, which makes no claims, may have been faster.
    if ((isTaken || error.code === 'username_taken') && !isRepeat) throw usernameTaken()
    // Whether it is needed is found out where nobody waits.
    await ask(deps.pool, registrationNoticeTask, {
      email,
      ...(key && { registration: eventId(key, 0) }),
    })
  }
}

/** Whether the username is registered, and whether it was by this very request. */
async function lookUp({ pool, store }: WithoutDisclosureDeps, { username, key }: Registration) {
  const isTaken = await isUsernameTaken(pool, username)
  // After that: what is seen of a repeat is never half of it.
  const [mine] = key ? await store.find(user, [eventId(key, 0)]) : []
  const before = mine?.event
  const isRepeat = before?.type === 'UserRegistered' && before.data.username === username
  return { isTaken, isRepeat }
}

function usernameTaken(): RejectedError {
  return new RejectedError('username_taken', 'somebody has this username, or asked for it')
}
