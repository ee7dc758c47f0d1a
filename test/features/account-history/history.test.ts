// `/users/me/history` as a caller sees it.
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
import { damages } from '../../support/read-models/agreement.ts'

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

t.test('whatever happened to the account is told, newest first', async (t) => {
  const { status, body } = await call('GET /users/me/history', ada)
  t.equal(status, 200)
  t.same(
    body.items.map(({ what, sessionId }: Record<string, unknown>) => [what, sessionId]),
    [
      ['password_changed', ada.sessionId],
      ['session_ended', other.id],
      ['logged_in', third.id],
      ['logged_in', other.id],
      ['logged_in', ada.sessionId],
      ['registered', null],
    ],
  )
  const times = body.items.map(({ at }: { at: string }) => at)
  t.same(times, times.toSorted().reverse())
  const me = (await call('GET /users/me', ada)).body
  t.equal(times.at(-1), me.registeredAt, 'at the time that was told then')
  t.same(Object.keys(body.items[0]), ['at', 'what', 'sessionId'], 'and no secret')
})

t.test('nobody sees what happened to another', async (t) => {
  const { body } = await call('GET /users/me/history', bob)
  t.match(body.items, [{ what: 'logged_in', sessionId: bob.sessionId }, { what: 'registered' }])
  t.equal(body.items.length, 2)
  t.equal((await call('GET /users/me/history')).status, 401)
})

t.test('its pages lead both ways, whatever happens meanwhile', async (t) => {
  const kinds = async (query: string) => {
    const { body } = await call(`GET /users/me/history?limit=2${query}`, ada)
    return { kinds: body.items.map((item: { what: string }) => item.what), next: body.nextCursor }
  }
  const first = await kinds('')
  await logIn(ada.email, 'staple it to the wall')
  const second = await kinds(`&before=${first.next}`)
  t.same(second.kinds, ['logged_in', 'logged_in'])
  const last = await kinds(`&before=${second.next}`)
  t.same(last, { kinds: ['logged_in', 'registered'], next: undefined })
  const back = await kinds(`&after=${second.next}`)
  t.same(back.kinds, ['logged_in', 'session_ended'])
  t.same((await kinds(`&after=${back.next}`)).kinds, ['password_changed', 'logged_in'])
})

t.test(
  'what a mail proved is told, and that somebody asked for it, without address or token',
  async (t) => {
    const { id: userId, email, token: session } = await arrive('cid')
    const deps = { ...domain, tokens: createTokenSource() }
    const expiresAt = new Date(Date.now() + 60_000)
    const mailed = (id: string, purpose: Purpose) =>
      issueToken(deps, { id, userId, purpose, expiresAt }, null)
    const metadata = {}
    await verifyEmailByToken(deps, {
      token: await mailed(idOf(21), 'email_verification'),
      metadata,
    })
    const seen = (await call('GET /users/me/history', { token: session })).body.items
    t.match(seen, [{ what: 'email_verified', sessionId: null }, { what: 'logged_in' }])
    const newPassword = 'staple it to the wall'
    await resetPasswordByToken(deps, {
      token: await mailed(idOf(22), 'password_reset'),
      newPassword,
      metadata,
    })
    const { token } = await logIn(email, newPassword)
    const { body } = await call('GET /users/me/history', { token })
    t.match(body.items, [
      { what: 'logged_in' },
      { what: 'password_reset', sessionId: null },
      { what: 'password_reset_asked', sessionId: null },
      { what: 'email_verified', sessionId: null },
      { what: 'logged_in' },
      { what: 'registered' },
    ])
    for (const item of body.items) t.same(Object.keys(item), ['at', 'what', 'sessionId'])
  },
)

t.test('a replay tells the same', async (t) => {
  t.same(await damages(await connect(t, url)), [])
})
