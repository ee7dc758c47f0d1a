// `/users/me/history`, from the caller's side.
import t from 'tap'
import type { Purpose } from '../../../src/features/account-recovery/events.ts'
import { issueToken } from '../../../src/features/account-recovery/issue-token.ts'
import {
  resetPasswordByToken,
  verifyEmailByToken,
} from '../../../src/features/account-recovery/redeem-token.ts'
import { createTokenSource } from '../../../src/features/account-recovery/token-source.ts'
import { openRoutes } from '../../support/http/routes.ts'
import { idOf } from '../../support/ids.ts'
import { connect } from '../../support/installed.ts'
import { damagedTables } from '../../support/read-models/agreement.ts'

const { url, call, arrive, logIn, ...domain } = await openRoutes(t)
const ada = await arrive('ada')
const other = await logIn(ada.email)
const third = await logIn(ada.email)
await call(`DELETE /sessions/${other.id}`, ada)
await call('PUT /users/me/password', {
  ...ada,
  body: { currentPassword: 'correct horse battery', newPassword: 'staple it to the wall' },
})
const bob = await arrive('bob')

const fields = ['occurredAt', 'type', 'sessionId', 'userAgent', 'label']

t.test('The account history lists every event of the account, newest first', async (t) => {
  const { status, body } = await call('GET /users/me/history', ada)
  t.equal(status, 200)
  t.same(
    body.items.map(({ type, sessionId }: Record<string, unknown>) => [type, sessionId]),
    [
      ['password_changed', ada.sessionId],
      ['session_ended', other.id],
      ['logged_in', third.id],
      ['logged_in', other.id],
      ['logged_in', ada.sessionId],
      ['registered', null],
    ],
  )
  const times = body.items.map(({ occurredAt }: { occurredAt: string }) => occurredAt)
  t.same(times, times.toSorted().reverse())
  const me = (await call('GET /users/me', ada)).body
  t.equal(times.at(-1), me.registeredAt, 'the registration has the time of the profile')
  t.same(Object.keys(body.items[0]), fields, 'an event contains no secret')
})

t.test('The account history contains no events of other users', async (t) => {
  const { body } = await call('GET /users/me/history', bob)
  t.match(body.items, [{ type: 'logged_in', sessionId: bob.sessionId }, { type: 'registered' }])
  t.equal(body.items.length, 2)
  t.equal((await call('GET /users/me/history')).status, 401)
})

t.test('Pages of the account history lead both ways while new events are recorded', async (t) => {
  const types = async (query: string) => {
    const { body } = await call(`GET /users/me/history?limit=2${query}`, ada)
    return { types: body.items.map((item: { type: string }) => item.type), next: body.nextCursor }
  }
  const first = await types('')
  await logIn(ada.email, 'staple it to the wall')
  const second = await types(`&before=${first.next}`)
  t.same(second.types, ['logged_in', 'logged_in'])
  const last = await types(`&before=${second.next}`)
  t.same(last, { types: ['logged_in', 'registered'], next: undefined })
  const back = await types(`&after=${second.next}`)
  t.same(back.types, ['logged_in', 'session_ended'])
  t.same((await types(`&after=${back.next}`)).types, ['password_changed', 'logged_in'])
})

t.test('The account history lists verification and reset without any secret', async (t) => {
  const { id: userId, email, token: session } = await arrive('cid')
  const deps = { ...domain, tokens: createTokenSource() }
  const expiresAt = new Date(Date.now() + 60_000)
  const mailed = (id: string, purpose: Purpose) =>
    issueToken(deps, { id, userId, grant: { purpose }, expiresAt }, null)
  const metadata = {}
  await verifyEmailByToken(deps, {
    token: await mailed(idOf(21), 'email_verification'),
    metadata,
  })
  const seen = (await call('GET /users/me/history', { token: session })).body.items
  t.match(seen, [{ type: 'email_verified', sessionId: null }, { type: 'logged_in' }])
  const newPassword = 'staple it to the wall'
  await resetPasswordByToken(deps, {
    token: await mailed(idOf(22), 'password_reset'),
    newPassword,
    turn: { key: '192.0.2.1' },
    metadata,
  })
  const { token } = await logIn(email, newPassword)
  const { body } = await call('GET /users/me/history', { token })
  t.match(body.items, [
    { type: 'logged_in' },
    { type: 'password_reset', sessionId: null },
    { type: 'password_reset_requested', sessionId: null },
    { type: 'email_verified', sessionId: null },
    { type: 'logged_in' },
    { type: 'registered' },
  ])
  for (const item of body.items) t.same(Object.keys(item), fields)
})

t.test('The account history names the device and the last label of each session', async (t) => {
  const dora = await arrive('dora')
  const start = async (label: string) => {
    const headers = { 'user-agent': 'Browser/1' }
    const login = { email: dora.email, password: 'correct horse battery', label }
    return (await call('POST /sessions', { body: login, headers })).body
  }
  const [phone, tablet] = [await start('Phone'), await start('Tablet')]
  await call(`PATCH /sessions/${phone.id}`, { ...dora, body: { label: 'Old phone' } })
  await call(`PATCH /sessions/${tablet.id}`, { ...dora, body: { label: null } })
  await call(`DELETE /sessions/${phone.id}`, dora)
  const { body } = await call('GET /users/me/history', dora)
  t.match(body.items, [
    { type: 'session_ended', sessionId: phone.id, userAgent: 'Browser/1', label: 'Old phone' },
    { type: 'logged_in', sessionId: tablet.id, label: null },
    { type: 'logged_in', sessionId: phone.id, userAgent: 'Browser/1', label: 'Old phone' },
    { type: 'logged_in', sessionId: dora.sessionId, label: null },
    { type: 'registered', sessionId: null, userAgent: null, label: null },
  ])
})

t.test('A replay of the account history equals its read table', async (t) => {
  t.same(await damagedTables(await connect(t, url)), [])
})
