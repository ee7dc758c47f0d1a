/**
 * A user logs in.
 *
 * The password hash may be replaced while it is being verified. So the session is appended with the version
 * of the user that was read: whichever change commits first wins, and the login is retried on the new hash.
 *
 * A user has a maximum number of active sessions. A login beyond it ends the oldest ones in the same append.
 * Logins on several servers at the same moment can exceed it until the next login.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata, Recorded } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { createFairQueue, type FairQueue } from '../../platform/fair-queue.ts'
import type { CheckPassword } from '../../platform/passwords/attempts.ts'
import type { PasswordHasher } from '../../platform/passwords/hasher.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { newToken } from '../../platform/tokens.ts'
import { type Credentials, findCredentials } from '../users/queries.ts'
import { findOldestSessions } from './queries.ts'
import { session } from './session.ts'

/** Three conflicts in a row with other changes of one user are no coincidence: report the third. */
const ATTEMPTS = 3

const DAY_MS = 24 * 60 * 60 * 1000

/** How many active sessions a user can have. More devices than a person uses within `SESSION_DAYS`. */
export const maxSessions = 50

/** The queue of a server's logins whose password was right: the sessions of one user start in turn. */
export function createSessionQueue(): FairQueue {
  const [concurrency, maxWaiting] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const perKey = { limit: 'sessions', concurrency: 1, maxWaiting }
  return createFairQueue({ concurrency, maxWaiting, perKey })
}

export interface LogInDeps {
  readonly pool: Queryable
  readonly store: EventStore
  readonly hasher: PasswordHasher
  readonly checkPassword: CheckPassword
  /** Of `createSessionQueue`. Each login thus counts the sessions of all earlier ones. */
  readonly sessionQueue: FairQueue
  /** Whether users must verify their e-mail address before they can log in. */
  readonly requireVerifiedEmail: boolean
  /** The lifetime of a session. */
  readonly sessionDays: number
}

export interface Login {
  readonly email: string
  readonly password: string
  /** The network that the login comes from, whose turn the hash takes. */
  readonly client: string
  /** Aborts when the client has gone. */
  readonly gone?: AbortSignal
  readonly metadata: Metadata
}

export interface LoggedIn extends Recorded {
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
    return deps.sessionQueue({ key: user.id }, () => startSession(deps, user, login.metadata))
  })
}

async function verifyCredentials(
  { pool, hasher, checkPassword, requireVerifiedEmail }: LogInDeps,
  { email, password, client, gone }: Login,
): Promise<Credentials> {
  const user = await findCredentials(pool, email)
  const canLogIn = user !== undefined && (user.emailVerified || !requireVerifiedEmail)
  const isRight = await checkPassword({ account: email, client }, async () => {
    // Also hashes for an unknown address, so that the response takes the same time. An unverified address
    // counts as a failed attempt: a client that registered it has chosen its password, and a different
    // response would show that the address was free, which the registration did not.
    const turn = { key: client, gone }
    return (await hasher.verify(user?.passwordHash, password, turn)) && canLogIn
  })
  if (!user || !isRight) {
    throw new RejectedError('invalid_credentials', 'the e-mail address or the password is wrong')
  }
  return user
}

/** Appends the session, and the end of the oldest ones. Conflicts if the password was changed meanwhile. */
async function startSession(
  deps: LogInDeps,
  user: Credentials,
  given: Metadata,
): Promise<LoggedIn> {
  const id = uuidV7()
  const { token, tokenHash } = newToken()
  const expiresAt = new Date(Date.now() + deps.sessionDays * DAY_MS)
  const metadata = { ...given, actor: user.id }
  const start = { type: 'StartSession', id, userId: user.id, tokenHash, expiresAt } as const
  const recorded = await deps.store.appendAll([
    ...(await endOldest(deps, user.id, metadata)),
    {
      aggregate: session,
      streamId: id,
      expectedVersion: 0,
      events: session.decide(start, session.initialState),
      expects: [{ streamId: user.id, version: user.version }],
      metadata,
    },
  ])
  return { ...recorded, id, token, expiresAt, user }
}

/** Decides the end of the user's oldest sessions, so that there is room for one more. */
async function endOldest({ pool, store }: LogInDeps, userId: string, metadata: Metadata) {
  const ids = await findOldestSessions(pool, userId, maxSessions - 1)
  const decisions = ids.map(async (streamId) => {
    const { state, version } = await store.load(session, streamId)
    const events = session.decide({ type: 'ReplaceSession' }, state)
    return { aggregate: session, streamId, expectedVersion: version, events, metadata }
  })
  return (await Promise.all(decisions)).filter(({ events }) => events.length > 0)
}
