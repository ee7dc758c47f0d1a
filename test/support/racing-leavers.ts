// Races of users who leave between two servers, on a database where the tables of every release are live: whatever meets
// the deletion or the restoration of an account, the log has one order, and every table follows it, while some are rebuilt.
import type { ClientBase } from 'pg'
import type { Test } from 'tap'
import { restoreUserByToken } from '../../src/features/account-recovery/redeem-email-token.ts'
import { sendMessages } from '../../src/features/messages/send.ts'
import { createSessionQueue, logIn } from '../../src/features/sessions/log-in.ts'
import { changeEmail } from '../../src/features/users/change-email.ts'
import { leave, restoreUser } from '../../src/features/users/leave.ts'
import { findCredentials } from '../../src/features/users/queries.ts'
import { appendUser } from '../../src/features/users/register.ts'
import { user } from '../../src/features/users/user.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { retryOnConflict } from '../../src/platform/event-store/retry-on-conflict.ts'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { unlimitedAttempts } from '../../src/platform/passwords/attempts.ts'
import { createCounts } from '../../src/platform/rate-limits/counts.ts'
import { createOneAtATime } from '../../src/platform/rate-limits/one-at-a-time.ts'
import { openPool, quickHasher } from './domain.ts'
import { connect } from './installed.ts'
import { issueToken } from './issue-token.ts'
import { expectOneOf, inEitherOrder, outcomeOf, rebuildAll, runRaces } from './races.ts'
import { stepwiseDatabase } from './stepwise-database.ts'

const password = 'a few unrelated words'
const hash = await quickHasher.hash(password, { key: 'all' })
const common = { client: '192.0.2.1', metadata: {} }

/** One server's commands. */
function server(pool: ReturnType<typeof openPool>) {
  const store = createEventStore(pool)
  const { checkPassword } = unlimitedAttempts
  const oneAtATime = createOneAtATime(pool, 'registering')
  const hashCost = { memoryKiB: 64, passes: 1, parallelism: 1 }
  const deps = { pool, store, hasher: quickHasher, checkPassword, oneAtATime, hashCost }
  const sessionQueue = createSessionQueue()
  const { hash: hashName } = createCounts(pool)
  const period = { sessionDays: 30, sessionMaxDays: 365 }
  const logInDeps = { ...deps, sessionQueue, hash: hashName, ...period }
  return {
    find: (email: string) => findCredentials(pool, email),
    register: async (email: string) => {
      const username = `u${uuidV7().replaceAll('-', '').slice(-20)}`
      return (await appendUser({ store }, { email, username, password, ...common }, hash)).id
    },
    logIn: (email: string) =>
      logIn({ ...logInDeps, requireVerifiedEmail: false }, { email, password, ...common }),
    leave: (userId: string) => leave(deps, { userId, currentPassword: password, ...common }),
    send: (from: string, to: string) =>
      sendMessages({ pool, store }, { from, messages: [{ to, content: 'Hello' }], metadata: {} }),
    change: (userId: string, email: string) =>
      retryOnConflict(3, async () => {
        const { version } = await store.load(user, userId)
        return changeEmail(deps, { userId, version, email, metadata: {} })
      }),
    /** Issues the token of the mail about the deletion of an account. */
    issue: async (userId: string): Promise<string> => {
      const text = 'select leaving_id as id from read.left_users_15 where user_id = $1'
      const grant = { purpose: 'restoration', leavingId: await idOf(pool, text, userId) } as const
      return issueToken(store, userId, grant)
    },
    restore: (token: string) =>
      restoreUserByToken(
        { pool, restoreUser: (restoration) => restoreUser(deps, restoration) },
        { token, metadata: {} },
      ),
  }
}

type Server = ReturnType<typeof server>

interface Race {
  readonly servers: readonly [Server, Server]
  readonly db: ClientBase
  readonly email: string
  /** A user who is registered with the address. */
  readonly a: string
  /** Whether the user has a conversation with the other one. */
  readonly isAcquainted: boolean
}

const tables = ['users_0', 'users_2', 'blocks_12', 'sessions_0', 'sessions_10', 'left_users_15']

/** Every race ends as it must, and all tables agree; returns how often each outcome occurred. */
export async function raceOfLeavers(t: Test, rounds: number, seed: number) {
  const url = await stepwiseDatabase(t)
  const [db, rebuilding] = [await connect(t, url), await connect(t, url)]
  const both = [server(openPool(t, url)), server(openPool(t, url))] as const
  return runRaces<Race>(t, {
    ...{ db, rounds, seed, races },
    arena: async (tag, random) => {
      const servers = inEitherOrder(both, random)
      const email = `a${tag}@x.org`
      const a = await both[0].register(email)
      return { servers, db, email, a, isAcquainted: random() < 0.5 }
    },
    meanwhile: () => rebuildAll(rebuilding, tables),
  })
}

const races = {
  /** The user logs in on one server and leaves on the other: no session stays. */
  async login({ servers: [one, other], db, email, a }: Race) {
    const [outcome] = await Promise.all([outcomeOf(one.logIn(email)), other.leave(a)])
    for (const table of ['sessions_0', 'sessions_2', 'sessions_10']) {
      const { rowCount } = await db.query(`select from read.${table} where user_id = $1`, [a])
      if (rowCount !== 0) throw new Error(`a session stays in ${table}`)
    }
    return expectOneOf(outcome, 'done', 'invalid_credentials')
  },
  /** A message to the user, and one from the user: none is sent after the deletion. */
  async messages({ servers: [one, other], db, a, email, isAcquainted }: Race) {
    const b = await one.register(`b${email}`)
    if (isAcquainted) await one.send(b, a)
    const sending = [outcomeOf(one.send(b, a)), outcomeOf(other.send(a, b))]
    await Promise.all([...sending, other.leave(a)])
    const { rowCount } = await db.query(
      `select from log.message_sent_3 m join log.user_left_15 l on l.user_id = $1
       where $1 in (m.src_id, m.dst_id) and m.position > l.position`,
      [a],
    )
    if (rowCount !== 0) throw new Error('a message was sent after the deletion')
    const [to = '', from = ''] = await Promise.all(sending)
    expectOneOf(from, 'done', 'sender_unknown')
    return expectOneOf(to, 'done', 'gone', 'recipient_unknown')
  },
  /** The user changes the address and leaves: neither address finds the user. */
  async change({ servers: [one, other], email, a }: Race) {
    const next = `b${email}`
    const [outcome] = await Promise.all([outcomeOf(one.change(a, next)), other.leave(a)])
    if ((await one.find(email)) || (await other.find(next))) throw new Error('the user is found')
    await Promise.all([one.register(email), other.register(next)])
    return expectOneOf(outcome, 'done', 'not_found', 'version_conflict')
  },
  /** Another user registers the address while it becomes free. */
  async registration({ servers: [one, other], email, a }: Race) {
    const [outcome] = await Promise.all([
      outcomeOf(one.register(email.toUpperCase())),
      other.leave(a),
    ])
    if (outcome !== 'done') await one.register(email)
    return expectOneOf(outcome, 'done', 'email_taken')
  },
  /** The user leaves twice, which is recorded once. */
  async twice({ servers: [one, other], db, a }: Race) {
    await Promise.all([one.leave(a), other.leave(a)])
    const { rowCount } = await db.query('select from log.user_left_15 where user_id = $1', [a])
    return expectOneOf(String(rowCount), '1')
  },
  /** The address is registered while its account is restored, which takes it from a user who never verified it. */
  async restoration({ servers: [one, other], email, a }: Race) {
    await one.leave(a)
    const token = await one.issue(a)
    const [outcome] = await Promise.all([outcomeOf(one.register(email)), other.restore(token)])
    if ((await one.find(email))?.id !== a) throw new Error('the account was not restored')
    return expectOneOf(outcome, 'done', 'email_taken')
  },
  /** One link is opened on two servers, and works once. */
  async link({ servers: [one, other], a }: Race) {
    await one.leave(a)
    const token = await one.issue(a)
    const results = [outcomeOf(one.restore(token)), outcomeOf(other.restore(token))]
    return expectOneOf((await Promise.all(results)).sort().join(), 'done,invalid_token')
  },
  /** An operator erases the user while the account is restored: whichever is first, the user is erased. */
  async erasure({ servers: [one, other], db, email, a }: Race) {
    await one.leave(a)
    const token = await one.issue(a)
    const [outcome] = await Promise.all([outcomeOf(other.restore(token)), forget(db, a)])
    if (await one.find(email)) throw new Error('an erased user is found')
    const { rowCount } = await db.query('select from read.left_users_15 where user_id = $1', [a])
    if (rowCount !== 0) throw new Error('an erased user can be restored')
    return expectOneOf(outcome, 'done', 'invalid_token', 'version_conflict')
  },
}

/** Erases a user, as soon as no rebuild is running. */
async function forget(db: ClientBase, userId: string): Promise<void> {
  const erased = db.query(`select log.forget($1, 'a race')`, [userId]).then(
    () => true,
    (error: { code?: string }) => {
      if (error.code !== '55006') throw error
      return false
    },
  )
  if (!(await erased)) await forget(db, userId)
}

async function idOf(pool: ReturnType<typeof openPool>, text: string, userId: string) {
  return String((await pool.query(text, [userId])).rows[0].id)
}
