// `/sessions` as a client sees it.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { firstPassword } from '../../support/domain.ts'
import { openRoutes } from '../../support/http/routes.ts'

const { call, arrive, logIn } = await openRoutes(t)
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

t.test('POST /sessions returns a token that authenticates the next call', async (t) => {
  const ada = await arrive('ada')
  const body = { email: 'ADA@example.org', password: firstPassword }
  const answer = await call('POST /sessions', { body })
  t.match(answer, {
    status: 201,
    headers: { 'cache-control': 'no-store', 'epistle-position': /^\d+$/ },
    body: { expiresAt: rfc3339, user: { id: ada.id, email: ada.email, username: 'ada' } },
  })
  t.same(Object.keys(answer.body), ['id', 'token', 'expiresAt', 'user'])
  t.match(await call('GET /users/me', { token: answer.body.token }), { status: 200 })
})

t.test(
  'POST /sessions gives one response to all wrong credentials, even to an invalid address',
  async (t) => {
    await arrive('bob')
    const answers = []
    for (const [email, password] of [
      ['bob@example.org', 'wrong guess'],
      ['unknown@example.org', firstPassword],
      ['no address', firstPassword],
      ['', ''],
      ['x'.repeat(254), 'y'.repeat(256)],
    ]) {
      const { status, body } = await call('POST /sessions', { body: { email, password } })
      answers.push({ status, body })
    }
    t.match(answers[0], { status: 401, body: { code: 'invalid_credentials' } })
    for (const answer of answers) t.same(answer, answers[0])
    t.match(await call('POST /sessions', { body: { email: 'x'.repeat(255), password: 'y' } }), {
      status: 422,
    })
  },
)

t.test('GET /sessions marks the current session and has pages', async (t) => {
  const carl = await arrive('carl')
  const phone = await logIn(carl.email)
  const { body } = await call('GET /sessions', carl)
  t.match(body, {
    items: [
      { id: phone.id, startedAt: rfc3339, expiresAt: rfc3339, current: false },
      { id: carl.sessionId, current: true },
    ],
  })
  t.same(Object.keys(body), ['items'])
  const first = await call('GET /sessions?limit=1', carl)
  t.equal(first.body.items[0].id, phone.id)
  const next = await call(`GET /sessions?before=${first.body.nextCursor}`, carl)
  t.same(next.body, { items: [body.items[1]] })
})

t.test('DELETE /sessions/current ends the session of the request', async (t) => {
  const dora = await arrive('dora')
  const answer = await call('DELETE /sessions/current', dora)
  t.match(answer, { status: 204, headers: { 'epistle-position': /^\d+$/ } })
  t.match(await call('GET /sessions', dora), { status: 401, body: { code: 'unauthenticated' } })
})

t.test(
  'DELETE /sessions/{id} ends an active session of the user once, and nothing else',
  async (t) => {
    const [emil, fred] = [await arrive('emil'), await arrive('fred')]
    const phone = await logIn(emil.email)
    t.match(await call(`DELETE /sessions/${phone.id}`, emil), { status: 204 })
    t.match(await call('GET /sessions', phone), { status: 401 })
    for (const [why, id] of Object.entries({
      ended: phone.id,
      foreign: fred.sessionId,
      unknown: randomUUID(),
      'no session': emil.id,
    })) {
      t.match(
        await call(`DELETE /sessions/${id}`, emil),
        { status: 404, body: { code: 'not_found' } },
        why,
      )
    }
    t.match(await call('GET /sessions', fred), { status: 200 })
  },
)
