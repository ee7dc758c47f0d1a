/**
 * A user logs in.
 *
 * The password hash may be replaced while it is being verified. So the session is appended with the version
 * of the user that was read: whichever change commits first wins, and the login is retried on the new hash.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { CheckPassword } from '../../platform/passwords/attempts.ts'
import type { PasswordHasher } from '../../platform/passwords/hasher.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { newToken } from '../../platform/tokens.ts'
import { type Credentials, findCredentials } from '../users/queries.ts'
import { session } from './session.ts'

/** Three conflicts in a row with other changes of one user are no coincidence: report the third. */
const ATTEMPTS = 3

const DAY_MS = 24 * 60 * 60 * 1000

export interface LogInDeps {
  readonly pool: Queryable
  readonly store: EventStore
  readonly hasher: PasswordHasher
  readonly checkPassword: CheckPassword
  /** Whether users must verify their e-mail address before they can log in. */
  readonly requireVerifiedEmail: boolean
  /** The lifetime of a session. */
  readonly sessionDays: number
}

export interface Login {
  readonly email: string
  readonly password: string
  /** The network that the login comes from. */
  readonly client: string
  readonly metadata: Metadata
}

export interface LoggedIn extends Appended {
  readonly id: string
  readonly token: string
  readonly expiresAt: Date
  /** Includes the hash that the password was verified against. */
  readonly user: Credentials
}

/**
 * Starts a session. Throws `invalid_credentials` after the same time for a wrong password, an unknown
 * address and, where verification is required, an unverified address.
 */
export function logIn(deps: LogInDeps, login: Login): Promise<LoggedIn> {
  return retryOnConflict(ATTEMPTS, async () => {
    const user = await verifyCredentials(deps, login)
    const id = uuidV7()
    const { token, tokenHash } = newToken()
    const expiresAt = new Date(Date.now() + deps.sessionDays * DAY_MS)
    const appended = await deps.store.append({
      aggregate: session,
      streamId: id,
      expectedVersion: 0,
      events: session.decide(
        { type: 'StartSession', id, userId: user.id, tokenHash, expiresAt },
        session.initialState,
      ),
      // Conflicts if the password was changed since it was verified.
      expects: [{ streamId: user.id, version: user.version }],
      metadata: { ...login.metadata, actor: user.id },
    })
    return { ...appended, id, token, expiresAt, user }
  })
}

async function verifyCredentials(
  { pool, hasher, checkPassword, requireVerifiedEmail }: LogInDeps,
  { email, password, client }: Login,
): Promise<Credentials> {
  const user = await findCredentials(pool, email)
  const canLogIn = user !== undefined && (user.emailVerified || !requireVerifiedEmail)
  const isRight = await checkPassword({ account: email, client }, async () => {
    // Also hashes for an unknown address, so that the response takes the same time. An unverified address
    // counts as a failed attempt: a client that registered it has chosen its password, and a different
    // response would show that the address was free, which the registration did not.
    return (await hasher.verify(user?.passwordHash, password)) && canLogIn
  })
  if (!user || !isRight) {
    throw new RejectedError('invalid_credentials', 'the e-mail address or the password is wrong')
  }
  return user
}
