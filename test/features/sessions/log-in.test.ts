// Logging in: what a login is decided on, and that it loses against concurrent changes of the password.
import t from 'tap'
import { createSessionQueue, logIn, maxSessions } from '../../../src/features/sessions/log-in.ts'
import { logOut } from '../../../src/features/sessions/log-out.ts'
import { changePassword } from '../../../src/features/users/change-password.ts'
import { createEventStore } from '../../../src/platform/event-store/event-store.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import {
  client,
  firstPassword,
  openDomain,
  openPool,
  quickHasher,
  turn,
} from '../../support/domain.ts'

const domain = await openDomain(t)
// Another server, with its own pool and event store.
const elsewherePool = openPool(t, domain.url)
const elsewhere = { ...domain, pool: elsewherePool, store: createEventStore(elsewherePool) }

/** Changes a user's password on the other server. */
function changeElsewhere(userId: string, sessionId: string, from: string, to: string) {
  return changePassword(elsewhere, {
    userId,
    sessionId,
    currentPassword: from,
    newPassword: to,
    precondition: () => {},
    client,
    metadata: {},
  })
}

/** The domain with a hasher that runs `happens` after each verification of a login, before its append. */
function meanwhile(happens: (verification: number) => Promise<unknown>) {
  let verifications = 0
  const verify = async (hash: string | undefined, password: string) => {
    const isRight = await quickHasher.verify(hash, password, turn)
    await happens(++verifications)
    return isRight
  }
  return { deps: { ...domain, hasher: { ...quickHasher, verify } }, count: () => verifications }
}

const liveSessions = async (userId: string) =>
  (await domain.pool.query('select id from read.sessions_10 where user_id = $1', [userId])).rows

t.test('A login returns a token that finds its session, and stores only the hash', async (t) => {
  const user = await domain.register('ada')
  const before = Date.now()
  const { id, token, expiresAt, user: profile } = await domain.logIn('ADA@example.org')
  t.match(token, /^[A-Za-z0-9_-]{43}$/)
  t.same(await domain.findSession(hashToken(token)), { sessionId: id, userId: user.id, expiresAt })
  t.match(profile, { ...user, version: 1 })
  const lifetime = (expiresAt.getTime() - before) / 86_400_000
  t.ok(lifetime > 29.99 && lifetime <= 31, '30 days after the end of this day')
  t.equal(expiresAt.getTime() % 86_400_000, 0, 'at midnight in UTC')
  const { rows } = await domain.pool.query(
    'select to_jsonb(s) as row, e.metadata from log.session_started_10 s join log.events e using (position) where s.id = $1',
    [id],
  )
  t.notOk(JSON.stringify(rows).includes(token), 'the log does not contain the token')
  t.equal(rows[0].metadata.actor, user.id, 'the user is the actor')
})

t.test('A login rejects a wrong password and an unknown address in the same way', async (t) => {
  await domain.register('bob')
  const { deps, count } = meanwhile(async () => {})
  for (const email of ['bob@example.org', 'unknown@example.org', 'no address', '']) {
    const login = { email, password: 'a wrong guess', client, metadata: {} }
    await t.rejects(logIn(deps, login), { code: 'invalid_credentials' }, email)
  }
  t.equal(count(), 4, 'each login verifies one hash')
})

t.test('A token of an expired session finds no session', async (t) => {
  const user = await domain.register('carl')
  const login = { email: user.email, password: firstPassword, client, metadata: {} }
  const { token } = await logIn({ ...domain, sessionMaxDays: -1 }, login)
  t.equal(await domain.findSession(hashToken(token)), undefined)
  t.equal((await liveSessions(user.id)).length, 1, 'its row still exists')
})

t.test(
  'A login with an old password loses against a password change that commits first',
  async (t) => {
    const user = await domain.register('dora')
    const desk = await domain.logIn(user.email)
    const { deps, count } = meanwhile((verification) =>
      verification === 1
        ? changeElsewhere(user.id, desk.id, firstPassword, 'another password')
        : Promise.resolve(),
    )
    const login = { email: user.email, password: firstPassword, client, metadata: {} }
    await t.rejects(logIn(deps, login), { code: 'invalid_credentials' })
    t.equal(count(), 2, 'the password is verified against the new hash too')
    t.same(await liveSessions(user.id), [{ id: desk.id }])
  },
)

t.test('A login whose password is also the new one succeeds in its second attempt', async (t) => {
  const user = await domain.register('emil')
  const desk = await domain.logIn(user.email)
  const { deps, count } = meanwhile((verification) =>
    verification === 1
      ? changeElsewhere(user.id, desk.id, firstPassword, firstPassword)
      : Promise.resolve(),
  )
  const { id } = await logIn(deps, {
    email: user.email,
    password: firstPassword,
    client,
    metadata: {},
  })
  t.equal(count(), 2)
  t.same((await liveSessions(user.id)).map((row) => row.id).sort(), [desk.id, id].sort())
})

t.test('A login that conflicts three times fails with version_conflict', async (t) => {
  const user = await domain.register('fred')
  const desk = await domain.logIn(user.email)
  const { deps, count } = meanwhile(() =>
    changeElsewhere(user.id, desk.id, firstPassword, firstPassword),
  )
  const login = { email: user.email, password: firstPassword, client, metadata: {} }
  await t.rejects(logIn(deps, login), { code: 'version_conflict' })
  t.equal(count(), 3)
})

t.test(
  'After racing logins and password changes, no session of an old password remains',
  async (t) => {
    const user = await domain.register('gina')
    let password = firstPassword
    for (let round = 1; round <= 15; round += 1) {
      const desk = await domain.logIn(user.email, password)
      const next = `password number ${round}`
      const [change, ...logins] = await Promise.allSettled([
        changeElsewhere(user.id, desk.id, password, next),
        ...[domain, elsewhere, domain, elsewhere].map((deps) =>
          logIn(deps, { email: user.email, password, client, metadata: {} }),
        ),
      ])
      if (change.status === 'rejected') throw change.reason
      for (const login of logins) {
        if (login.status === 'rejected') t.equal(login.reason.code, 'invalid_credentials')
        else
          t.ok(
            BigInt(login.value.position) < BigInt(change.value.position),
            'the login was recorded first',
          )
      }
      t.same(await liveSessions(user.id), [{ id: desk.id }], `round ${round}`)
      password = next
    }
  },
)

t.test(
  'A login beyond the maximum number of sessions ends the oldest in the same append',
  async (t) => {
    const user = await domain.register('hugo')
    const start = async (count: number) => {
      const logins = Array.from({ length: count }, () => domain.logIn(user.email))
      return (await Promise.all(logins)).sort((a, b) =>
        BigInt(a.position) < BigInt(b.position) ? -1 : 1,
      )
    }
    const sessions = await start(maxSessions + 10)
    const live = () => liveSessions(user.id).then((rows) => rows.map(({ id }) => id).sort())
    t.same(
      await live(),
      sessions
        .slice(10)
        .map(({ id }) => id)
        .sort(),
      'the newest are active',
    )
    const [next] = await start(1)
    const { rows } = await domain.pool.query(
      `select e.position::text, ended.id from log.session_ended_0 ended join log.events e using (position)
     where ended.user_id = $1 order by e.position desc limit 1`,
      [user.id],
    )
    t.same(rows, [{ id: sessions[10]?.id, position: String(BigInt(next?.position ?? 0) - 1n) }])
    t.equal(await domain.findSession(hashToken(sessions[10]?.token ?? '')), undefined)
    // Sessions that ended otherwise make room: nothing more ends.
    await logOut(domain, { sessionId: sessions[11]?.id ?? '', userId: user.id, metadata: {} })
    await start(1)
    t.equal((await live()).length, maxSessions)
  },
)

t.test('Logins on two servers at once end the oldest sessions once each', async (t) => {
  const user = await domain.register('iris')
  await Promise.all(Array.from({ length: maxSessions }, () => domain.logIn(user.email)))
  const login = { email: user.email, password: firstPassword, client, metadata: {} }
  const servers = [domain, { ...elsewhere, sessionQueue: createSessionQueue() }]
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(servers.map((deps) => logIn(deps, login)))
  }
  const beyond = (await liveSessions(user.id)).length - maxSessions
  t.ok(beyond >= 0 && beyond < servers.length, 'two servers exceed the maximum by one at most')
  await domain.logIn(user.email)
  t.equal((await liveSessions(user.id)).length, maxSessions, 'the next login makes up for it')
})
