// The commands and queries of users and sessions on a new database: a pool under the service role, an event
// store, quick hashes, and the two steps that nearly every test about users begins with.
import pg from 'pg'
import { loadConfig } from '../../src/config.ts'
import { loadAccountLetters } from '../../src/features/account-recovery/letters.ts'
import { createSessionQueue, type LoggedIn, logIn } from '../../src/features/sessions/log-in.ts'
import { sessionFinder } from '../../src/features/sessions/queries.ts'
import { registerUser } from '../../src/features/users/register.ts'
import { type PasswordReset, resetPassword } from '../../src/features/users/reset-password.ts'
import { createUsernameReservations } from '../../src/features/users/username-reservations.ts'
import { type Verification, verifyEmail } from '../../src/features/users/verify-email.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { unlimitedAttempts } from '../../src/platform/passwords/attempts.ts'
import { createPasswordHasher } from '../../src/platform/passwords/hasher.ts'
import { createCounts } from '../../src/platform/rate-limits/counts.ts'
import { createOneAtATime } from '../../src/platform/rate-limits/one-at-a-time.ts'
import type { Finishing } from './database.ts'
import { installedDatabase } from './installed.ts'

/** The password of every new user. */
export const firstPassword = 'correct horse battery'

/** The network that all requests come from. */
export const client = '192.0.2.1'

/** The turn that hashes of this client take. */
export const turn = { key: client }

/** The lowest cost that argon2 allows: these tests are not about the strength of a hash. */
export const quickHasher = createPasswordHasher(
  { memoryKiB: 64, passes: 2, parallelism: 1 },
  { concurrency: 4, maxWaiting: 100 },
)

/** Our own letters. */
export const letters = await loadAccountLetters(loadConfig({}))

export async function openDomain(t: Finishing) {
  return domainOf(t, await installedDatabase(t))
}

/** The same on a database that has the releases already. */
export function domainOf(t: Finishing, url: string) {
  const pool = openPool(t, url)
  const store = createEventStore(pool)
  const { checkPassword } = unlimitedAttempts
  const hasher = quickHasher
  const usernames = createUsernameReservations(pool)
  const claimUsername = usernames.claim
  const deps = {
    pool,
    store,
    hasher,
    checkPassword,
    passwordMinLength: 8,
    ...{ sessionDays: 30, sessionMaxDays: 365 },
    requireVerifiedEmail: false,
    ...{ sessionQueue: createSessionQueue(), hash: createCounts(pool).hash },
    ...{ usernames, languages: letters.languages },
    /** Tests without requests for unknown addresses need no service's user. */
    ensureServiceUser: async () => undefined,
    oneAtATime: createOneAtATime(pool, 'registering'),
    resetPassword: (reset: PasswordReset) =>
      resetPassword({ store, hasher, passwordMinLength: 8, claimUsername }, reset),
    verifyEmail: (verification: Verification) =>
      verifyEmail({ store, claimUsername }, verification),
  }
  return {
    ...deps,
    url,
    findSession: sessionFinder(pool),
    /** Registers a user with this name and the first password. */
    register: async (username: string) => {
      const email = `${username}@example.org`
      const { id } = await registerUser(deps, {
        email,
        username,
        password: firstPassword,
        client,
        metadata: {},
      })
      return { id, email, username }
    },
    logIn: (email: string, password = firstPassword): Promise<LoggedIn> =>
      logIn(deps, { email, password, client, metadata: {} }),
  }
}

/** A pool of connections as `serve` opens them, closed when the test ends. */
export function openPool(t: Finishing, url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    options: '-c role=epistle_service',
    max: 8,
  })
  // Dropping the database ends connections that a failing test left open.
  pool.on('error', () => undefined)
  t.teardown(() => pool.end())
  return pool
}
