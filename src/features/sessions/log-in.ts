/**
 * A user logs in.
 *
 * The password hash may be replaced while it is being verified. So the session is appended with the version
 * of the user that was read: whichever change commits first wins, and the login is retried on the new hash.
 *
 * A user has a maximum number of active sessions. A login beyond it ends those that were not used for the longest
 * time, in the same append. Logins on several servers at the same moment can exceed it until the next login.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { isVersionConflict, retryOnConflict } from '../../platform/event-store/retry-on-conflict.ts'
import { uuidV7 } from '../../platform/event-store/uuid-v7.ts'
import { createFairQueue, type FairQueue } from '../../platform/fair-queue.ts'
import type { CheckPassword } from '../../platform/passwords/attempts.ts'
import type { PasswordHasher } from '../../platform/passwords/hasher.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Counts } from '../../platform/rate-limits/counts.ts'
import { newToken } from '../../platform/tokens.ts'
import { type Credentials, findCredentials } from '../users/queries.ts'
import { decideEnds } from './decide-ends.ts'
import { hashDevice, type LoginOrigin } from './device.ts'
import { findLeastRecentSessions } from './queries.ts'
import type { Device, NewSession } from './schemas.ts'
import { session } from './session.ts'
import { firstPeriod, type SessionPeriod } from './session-period.ts'

/** Three conflicts in a row with other changes of one user are no coincidence: report the third. */
const ATTEMPTS = 3

/** How many active sessions a user can have. More devices than a person uses within `SESSION_DAYS`. */
export const maxSessions = 50

/** The queue of a server's logins whose password was right: the sessions of one user start in turn. */
export function createSessionQueue(): FairQueue {
  const [concurrency, maxWaiting] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const perKey = { limit: 'sessions', concurrency: 1, maxWaiting }
  return createFairQueue({ concurrency, maxWaiting, perKey })
}

/** What it takes to start a session of a user who was authenticated. */
export interface StartSessionDeps extends SessionPeriod {
  readonly pool: Queryable
  readonly store: EventStore
  /** Of `createSessionQueue`. Each login thus counts the sessions of all earlier ones. */
  readonly sessionQueue: FairQueue
  /** Makes the pseudonym of a device. */
  readonly hash: Counts['hash']
}

export interface LogInDeps extends StartSessionDeps {
  readonly hasher: PasswordHasher
  readonly checkPassword: CheckPassword
  /** Whether users must verify their e-mail address before they can log in. */
  readonly requireVerifiedEmail: boolean
}

export interface Login extends Device {
  readonly email: string
  readonly password: string
  /** The network that the login comes from, whose turn the hash takes; part of the device. */
  readonly client: string
  /** Aborts when the client has gone. */
  readonly gone?: AbortSignal
  readonly metadata: Metadata
}

export interface LoggedIn extends NewSession {
  /** Includes the hash that the password was verified against. */
  readonly user: Credentials
}

/**
 * Starts a session. Throws `invalid_credentials` after the same time for a wrong password, an unknown
 * address and, where verification is required, an unverified address; `suspended` after the right password alone.
 */
export function logIn(deps: LogInDeps, login: Login): Promise<LoggedIn> {
  return retryOnConflict(ATTEMPTS, async () => {
    const user = await verifyCredentials(deps, login)
    // Only after the right password: others must not learn of it. A user who is suspended at this moment is refused
    // by a constraint with the same code.
    if (user.suspended) throw new RejectedError('suspended', 'the user is suspended')
    return { ...(await startSession(deps, user, login)), user }
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

type Starting = Device & LoginOrigin & { readonly metadata: Metadata }

/**
 * Starts a session of a user who was authenticated at this version of the user. Throws `version_conflict` if the
 * user has changed since, such as the password.
 */
function startSession(
  deps: StartSessionDeps,
  user: Pick<Credentials, 'id' | 'version'>,
  login: Starting,
): Promise<NewSession> {
  return deps.sessionQueue({ key: user.id }, () => appendSession(deps, user, login))
}

/**
 * Starts a session of a user who has just registered. A retry of a registration finds its user, who may have
 * changed the password since: then the password is verified as in any login.
 */
export function logInRegistered(
  deps: LogInDeps,
  user: Pick<Credentials, 'id' | 'version'>,
  login: Login,
): Promise<NewSession> {
  return startSession(deps, user, login).catch((error: unknown) => {
    if (!isVersionConflict(error)) throw error
    return logIn(deps, login)
  })
}

/** Appends the session, and the end of those it replaces. */
async function appendSession(
  deps: StartSessionDeps,
  user: Pick<Credentials, 'id' | 'version'>,
  login: Starting,
): Promise<NewSession> {
  const id = uuidV7()
  const { token, tokenHash } = newToken()
  const { expiresAt, endsAt } = firstPeriod(new Date(), deps)
  const { userAgent = null, label = null } = login
  const metadata = { ...login.metadata, actor: user.id }
  const started = {
    id,
    userId: user.id,
    tokenHash,
    userAgent,
    label,
    expiresAt: expiresAt.toISOString(),
    idleDays: deps.sessionDays,
    endsAt: endsAt?.toISOString() ?? null,
  }
  const [replaced, device] = await Promise.all([
    findLeastRecentSessions(deps.pool, user.id, maxSessions - 1),
    hashDevice(deps.hash, user.id, login),
  ])
  const recorded = await deps.store.appendAll([
    ...(await decideEnds(deps.store, replaced, metadata)),
    {
      aggregate: session,
      streamId: id,
      expectedVersion: 0,
      events: session.decide({ type: 'StartSession', session: started }, session.initialState),
      expects: [{ streamId: user.id, version: user.version }],
      metadata: { ...metadata, device },
    },
  ])
  return { ...recorded, id, token, expiresAt }
}
