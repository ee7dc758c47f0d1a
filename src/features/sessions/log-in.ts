/**
 * Logging in and out.
 *
 * A login rests on a password hash that may be replaced while it is being verified, so it is
 * appended with the version of the user that it read: the change that commits first wins, and the
 * login is decided anew on the hash that is true then.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { Appended, EventStore } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import type { TryPassword } from '../../platform/passwords/attempts.ts'
import type { PasswordHasher } from '../../platform/passwords/hasher.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { newToken } from '../../platform/tokens.ts'
import { type Credentials, findCredentials } from '../users/queries.ts'
import { session } from './session.ts'

/** Losing three times in a row to changes of the same user is no accident: say so. */
const ATTEMPTS = 3

const DAY_MS = 24 * 60 * 60 * 1000

export interface SessionCommandDeps {
  readonly pool: Queryable
  readonly store: EventStore
  readonly hasher: PasswordHasher
  readonly tryPassword: TryPassword
  /** Whether nobody logs in before he has shown that his address is his. */
  readonly requireVerifiedEmail: boolean
  /** How long a session lives. */
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
  /** With the hash that the password belongs to. */
  readonly user: Credentials
}

/** Starts a session. One answer and one duration whether or not somebody has the address. */
export function logIn(deps: SessionCommandDeps, login: Login): Promise<LoggedIn> {
  const { email: account, password, client, metadata } = login
  return retryOnConflict(ATTEMPTS, async () => {
    // 1. Hash and version of one snapshot.
    const user = await findCredentials(deps.pool, account)
    // 2. Counted first; and the same work with nobody's hash as with somebody's.
    const mayEnter = user !== undefined && (user.emailVerified || !deps.requireVerifiedEmail)
    const right = await deps.tryPassword(
      { account, client },
      // Whoever registers with an address chooses a password for it: told apart, or counted apart, an
      // unverified one would tell him that it was free, which his registration did not.
      async () => (await deps.hasher.verify(user?.passwordHash, password)) && mayEnter,
    )
    if (!user || !right) throw new RejectedError('invalid_credentials', 'no such user and password')
    // 3. The session, if the user is still the one whose password it was.
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
      expects: [{ streamId: user.id, version: user.version }],
      metadata: { ...metadata, actor: user.id },
    })
    return { ...appended, id, token, expiresAt, user }
  })
}

export interface Logout {
  readonly sessionId: string
  readonly userId: string
  readonly metadata: Metadata
}

/** Ends a live session of this user; anything else is `not_found`. */
export function logOut(
  { store }: Pick<SessionCommandDeps, 'store'>,
  logout: Logout,
): Promise<Appended> {
  const { sessionId, userId, metadata } = logout
  // Whoever loses a race for the same session finds it ended in the next attempt.
  return retryOnConflict(ATTEMPTS, async () => {
    const { state, version } = await store.load(session, sessionId)
    const events = session.decide({ type: 'EndSession', userId, now: new Date() }, state)
    return store.append({
      aggregate: session,
      streamId: sessionId,
      expectedVersion: version,
      events,
      metadata,
    })
  })
}
