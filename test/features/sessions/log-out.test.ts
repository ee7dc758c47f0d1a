// Listing the sessions of a user, and ending them.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { endOtherSessions } from '../../../src/features/sessions/end-other-sessions.ts'
import { labelSession } from '../../../src/features/sessions/label-session.ts'
import { logIn } from '../../../src/features/sessions/log-in.ts'
import { logOut } from '../../../src/features/sessions/log-out.ts'
import { listSessions } from '../../../src/features/sessions/queries.ts'
import { changePassword } from '../../../src/features/users/change-password.ts'
import type { PageRequest } from '../../../src/platform/postgres/page.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { append, sessionStarted } from '../../support/append-requests.ts'
import { client, firstPassword, openDomain } from '../../support/domain.ts'
import { connect } from '../../support/installed.ts'

const domain = await openDomain(t)
const desc = { order: 'desc', fetch: 10 } as const
const asc = { order: 'asc', fetch: 10 } as const

const ids = async (userId: string, page: PageRequest<string> = desc) =>
  (await listSessions(domain.pool, userId, page)).map((session) => session.id)

t.test('The list contains the active sessions of the user, newest first', async (t) => {
  const [ada, bob] = [await domain.register('ada'), await domain.register('bob')]
  const first = await domain.logIn(ada.email)
  await domain.logIn(bob.email)
  await logIn(
    { ...domain, sessionMaxDays: -1 },
    { email: ada.email, password: firstPassword, client, metadata: {} },
  )
  const second = await domain.logIn(ada.email)
  const third = await domain.logIn(ada.email)
  t.same(await ids(ada.id), [third.id, second.id, first.id], 'none of another user, no expired one')
  t.same(await ids(ada.id, { ...desc, key: third.position }), [second.id, first.id])
  t.same(await ids(ada.id, { ...asc, key: first.position }), [second.id, third.id])
  t.same(await ids(ada.id, { ...desc, fetch: 2 }), [third.id, second.id])
  t.match((await listSessions(domain.pool, ada.id, desc))[0], {
    startedAt: third.recordedAt.toISOString(),
    expiresAt: third.expiresAt.toISOString(),
    position: third.position,
  })
})

t.test('Logging out ends this session at once, and no other', async (t) => {
  const user = await domain.register('carl')
  const [desk, phone] = [await domain.logIn(user.email), await domain.logIn(user.email)]
  await logOut(domain, { sessionId: phone.id, userId: user.id, metadata: {} })
  t.equal(await domain.findSession(hashToken(phone.token)), undefined)
  t.ok(await domain.findSession(hashToken(desk.token)))
})

t.test('Logging out finds no foreign, ended, expired or unknown session', async (t) => {
  const [user, other] = [await domain.register('dora'), await domain.register('emil')]
  const end = (sessionId: string) => logOut(domain, { sessionId, userId: user.id, metadata: {} })
  const foreign = await domain.logIn(other.email)
  await t.rejects(end(foreign.id), { code: 'not_found' }, 'it belongs to another user')
  await t.rejects(end(user.id), { code: 'not_found' }, 'it is no session')
  const own = await domain.logIn(user.email)
  await end(own.id)
  await t.rejects(end(own.id), { code: 'not_found' }, 'it has ended')
  const short = { ...domain, sessionMaxDays: -1 }
  const expired = await logIn(short, {
    email: user.email,
    password: firstPassword,
    client,
    metadata: {},
  })
  await t.rejects(end(expired.id), { code: 'not_found' }, 'it has expired')
  t.ok(
    await domain.findSession(hashToken(foreign.token)),
    'the session of the other user is still active',
  )
})

t.test('Logging out finds no session that a password change has ended', async (t) => {
  const user = await domain.register('fred')
  const [desk, phone] = [await domain.logIn(user.email), await domain.logIn(user.email)]
  await changePassword(domain, {
    userId: user.id,
    sessionId: desk.id,
    currentPassword: firstPassword,
    newPassword: 'another password',
    precondition: () => {},
    client,
    metadata: {},
  })
  const logout = { sessionId: phone.id, userId: user.id, metadata: {} }
  await t.rejects(logOut(domain, logout), { code: 'not_found' })
})

t.test('No expired session is labelled', async (t) => {
  const { id: userId, email } = await domain.register('gwen')
  const login = { email, password: firstPassword, client, metadata: {} }
  const { id: sessionId } = await logIn({ ...domain, sessionMaxDays: -1 }, login)
  const label = { sessionId, userId, label: 'phone', metadata: {} }
  await t.rejects(labelSession(domain, label), { code: 'not_found' })
})

const endOthers = (sessionId: string, userId: string) =>
  endOtherSessions(domain, { sessionId, userId, metadata: {} })

t.test('Ending all other sessions is one append, and keeps the one of the request', async (t) => {
  const [user, other] = [await domain.register('hana'), await domain.register('ines')]
  const foreign = await domain.logIn(other.email)
  const sessions = []
  for (let n = 0; n < 5; n += 1) sessions.push(await domain.logIn(user.email))
  const [desk] = sessions.splice(2, 1)
  await labelSession(domain, {
    ...{ sessionId: sessions[0]?.id ?? '', userId: user.id, label: 'phone' },
    metadata: {},
  })
  const before = await domain.pool.query('select max(position)::int as last from log.events')
  const ended = await endOthers(desk?.id ?? '', user.id)
  t.equal(Number(ended?.position), before.rows[0].last + 4)
  t.same(await ids(user.id), [desk?.id])
  t.same(await ids(other.id), [foreign.id])
  t.equal(await endOthers(desk?.id ?? '', user.id), undefined)
})

t.test('A password change that ends the other sessions first does no harm', async (t) => {
  const { id: userId, email } = await domain.register('iris')
  const [desk] = [await domain.logIn(email), await domain.logIn(email)]
  const metadata = {}
  let isFirst = true
  const appendAll: typeof domain.store.appendAll = async (decisions) => {
    if (isFirst) {
      isFirst = false
      await changePassword(domain, {
        ...{ userId, sessionId: desk.id, client, metadata },
        ...{ currentPassword: firstPassword, newPassword: 'another password' },
        precondition: () => {},
      })
    }
    return domain.store.appendAll(decisions)
  }
  const deps = { ...domain, store: { ...domain.store, appendAll } }
  t.equal(await endOtherSessions(deps, { sessionId: desk.id, userId, metadata }), undefined)
  t.same(await ids(userId), [desk.id])
})

t.test('Sessions beyond a hundred, as after an import, end too', async (t) => {
  const user = await domain.register('jana')
  const desk = await domain.logIn(user.email)
  const owner = await connect(t, domain.url)
  await append(
    owner,
    Array.from({ length: 250 }, () => sessionStarted(randomUUID(), user.id)),
  )
  await endOthers(desk.id, user.id)
  t.same(await ids(user.id, { ...desc, fetch: 300 }), [desk.id])
})

t.test('No login that was recorded before the end of all others survives it', async (t) => {
  const user = await domain.register('kira')
  const desk = await domain.logIn(user.email)
  let survived = 0
  for (let round = 0; round < 25; round += 1) {
    const logins = [1, 2, 3].map(async (n) => {
      await pause(n * Math.random() * 8)
      return domain.logIn(user.email)
    })
    const racing = [
      pause(Math.random() * 12).then(() => endOthers(desk.id, user.id)),
      ...logins,
    ] as const
    const [ended, ...started] = await Promise.all(racing)
    const active = new Set(await ids(user.id))
    t.ok(active.has(desk.id))
    for (const { id, position } of started) {
      if (!active.has(id)) continue
      survived += 1
      t.ok(BigInt(position) > BigInt(ended?.position ?? 0) - 6n, 'it began after the first append')
    }
  }
  t.comment(`${survived} logins came later`)
})

t.test(
  'Two sessions that end each other leave none or one, and fail in no other way',
  async (t) => {
    const user = await domain.register('lena')
    for (let round = 0; round < 15; round += 1) {
      const sessions = [await domain.logIn(user.email), await domain.logIn(user.email)]
      const metadata = (key: string) => ({
        session: { readTable: 'sessions_10', key, confirm() {} },
      })
      const outcomes = await Promise.allSettled(
        sessions.map(({ id }) =>
          endOtherSessions(domain, { sessionId: id, userId: user.id, metadata: metadata(id) }),
        ),
      )
      const codes = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason.code] : []))
      t.same(codes, ['unauthenticated'], 'the one whose session has ended is refused')
      t.equal((await ids(user.id)).length, 1)
      await endOthers(randomUUID(), user.id)
    }
  },
)

t.test('Of many concurrent logouts of one session exactly one succeeds', async (t) => {
  const user = await domain.register('gina')
  const { id: sessionId } = await domain.logIn(user.email)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 6 }, () => logOut(domain, { sessionId, userId: user.id, metadata: {} })),
  )
  const codes = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason.code] : []))
  t.same(
    codes,
    Array.from({ length: 5 }, () => 'not_found'),
  )
})
