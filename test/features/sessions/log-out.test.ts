// Listing the sessions of a user, and ending them.
import t from 'tap'
import { logIn } from '../../../src/features/sessions/log-in.ts'
import { logOut } from '../../../src/features/sessions/log-out.ts'
import { listSessions } from '../../../src/features/sessions/queries.ts'
import { changePassword } from '../../../src/features/users/change-password.ts'
import type { PageRequest } from '../../../src/platform/postgres/page.ts'
import { hashToken } from '../../../src/platform/tokens.ts'
import { client, firstPassword, openDomain } from '../../support/domain.ts'

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
    { ...domain, sessionDays: -1 },
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
  const short = { ...domain, sessionDays: -1 }
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
