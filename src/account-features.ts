/**
 * The assembly of the features about accounts: users, sessions, and what mails are about. Their commands share a password
 * hasher, the limits of wrong passwords, and the reservations of usernames, and are passed to the routes from here.
 */

import type { Pool } from 'pg'
import type { Config } from './config.ts'
import { deletionRoutes } from './features/account-recovery/deletion-routes.ts'
import { emailChangeRoutes } from './features/account-recovery/email-change-routes.ts'
import { accountRecoveryRoutes } from './features/account-recovery/routes.ts'
import { sessionRevocationRoute } from './features/account-recovery/session-revocation-route.ts'
import { createSessionQueue, logInRegistered } from './features/sessions/log-in.ts'
import { endIfActive } from './features/sessions/log-out.ts'
import { sessionRoutes } from './features/sessions/routes.ts'
import { changeEmail, setEmailBack } from './features/users/change-email.ts'
import { leave, restoreUser } from './features/users/leave.ts'
import type { UserDeps } from './features/users/registration-routes.ts'
import { renewPasswordHash } from './features/users/renew-password-hash.ts'
import { requestEmailChange } from './features/users/request-email-change.ts'
import { resetPassword } from './features/users/reset-password.ts'
import { userRoutes } from './features/users/routes.ts'
import {
  type ClaimUsername,
  claimNothing,
  createUsernameReservations,
} from './features/users/username-reservations.ts'
import { verifyEmail } from './features/users/verify-email.ts'
import type { EventStore } from './platform/event-store/event-store.ts'
import type { App } from './platform/http/app.ts'
import type { ServerOptions } from './platform/http/server.ts'
import type { PasswordAttempts } from './platform/passwords/attempts.ts'
import { createPasswordHasher } from './platform/passwords/hasher.ts'
import type { Queryable } from './platform/postgres/prepared.ts'
import { createCounts } from './platform/rate-limits/counts.ts'
import { createOneAtATime } from './platform/rate-limits/one-at-a-time.ts'

interface AccountDeps {
  readonly config: Config
  readonly pool: Pool
  /** What answers the queries that a standby may answer. */
  readonly reads: Queryable
  readonly store: EventStore
  /** The languages of mails, the default first. */
  readonly languages: readonly string[]
  readonly log: ServerOptions['log']
}

/** The features about users and their sessions, all of which need passwords or tokens. */
export function addAccounts(app: App, deps: AccountDeps, attempts: PasswordAttempts): void {
  const { checkPassword } = attempts
  const { config, pool, store, languages, log } = deps
  const { passwordMinLength, requireVerifiedEmail } = config
  const hasher = createPasswordHasher(config.hashCost, config.hashBounds, (parameters) =>
    log.warn({ parameters }, 'a password hash is unusable; its user must reset the password'),
  )
  const usernames = createUsernameReservations(pool)
  const claimUsername = requireVerifiedEmail ? usernames.claim : claimNothing
  const logInDeps = {
    pool,
    store,
    hasher,
    checkPassword,
    requireVerifiedEmail,
    ...{ sessionQueue: createSessionQueue(), hash: createCounts(pool).hash },
    ...{ sessionDays: config.sessionDays, sessionMaxDays: config.sessionMaxDays },
  }
  const oneAtATime = createOneAtATime(pool, 'registering')
  userRoutes(app, {
    ...logInDeps,
    pool: deps.reads,
    passwordMinLength,
    languages,
    logInRegistered: (user, login) => logInRegistered(logInDeps, user, login),
    ...{ usernames, claimUsername, oneAtATime },
  })
  addAccountRecovery(app, deps, { ...logInDeps, ...{ attempts, claimUsername, oneAtATime } })
  sessionRoutes(app, {
    ...logInDeps,
    renewPasswordHash: (verified) => renewPasswordHash({ store, hasher }, verified),
  })
}

interface RecoveryDeps extends Pick<UserDeps, 'hasher' | 'checkPassword' | 'oneAtATime'> {
  readonly attempts: PasswordAttempts
  readonly claimUsername: ClaimUsername
}

function addAccountRecovery(
  app: App,
  { config, pool, store }: AccountDeps,
  { hasher, checkPassword, oneAtATime, attempts: { resetAttempts }, claimUsername }: RecoveryDeps,
): void {
  const { passwordMinLength, requireVerifiedEmail, hashCost } = config
  accountRecoveryRoutes(app, {
    pool,
    passwordMinLength,
    resetAttempts,
    resetPassword: (reset) =>
      resetPassword({ store, hasher, passwordMinLength, claimUsername }, reset),
    verifyEmail: (verification) => verifyEmail({ store, claimUsername }, verification),
  })
  const changing = { pool, store, oneAtATime, hashCost }
  emailChangeRoutes(app, {
    pool,
    resetAttempts,
    requestEmailChange: (request) =>
      requestEmailChange({ store, hasher, checkPassword, requireVerifiedEmail }, request),
    changeEmail: (change) => changeEmail(changing, change),
    setEmailBack: (change) => setEmailBack(changing, change),
  })
  deletionRoutes(app, {
    pool,
    leave: (leaving) => leave({ store, hasher, checkPassword }, leaving),
    restoreUser: (restoration) => restoreUser(changing, restoration),
  })
  sessionRevocationRoute(app, { pool, endSession: (own) => endIfActive({ pool, store }, own) })
}
