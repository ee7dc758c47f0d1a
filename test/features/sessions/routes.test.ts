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
  t.same(Object.keys(answer.body).sort(), ['expiresAt', 'id', 'token', 'user'])
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

const trusted = { 'sec-fetch-site': 'same-origin' }

/** Logs in with a cookie, as a page of the service does. */
async function logInWithCookie(email: string) {
  const body = { email, password: firstPassword, cookie: true }
  const answer = await call('POST /sessions', { body, headers: trusted })
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? ''
  return { ...answer, headers: { ...trusted, cookie }, setCookie: answer.headers['set-cookie'] }
}
const cleared = /^__Host-epistle=; Max-Age=0; Path=\/; Secure; HttpOnly; SameSite=Strict$/

t.test('A login with `cookie` hands the token over in the cookie alone', async (t) => {
  const gina = await arrive('gina')
  const { status, body, headers, setCookie } = await logInWithCookie(gina.email)
  t.equal(status, 201)
  t.same(Object.keys(body), ['id', 'expiresAt', 'user'])
  t.match(setCookie, /^__Host-epistle=[\w-]{43}; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=/)
  const { body: list } = await call('GET /sessions', { headers })
  t.equal(list.items[0].id, body.id)
  t.equal(list.items[0].current, true)
  const written = { to: gina.id, content: 'from a page' }
  t.match(await call('POST /messages', { headers, body: written }), { status: 201 })
  const bearer = await call('POST /sessions', {
    body: { email: gina.email, password: firstPassword, cookie: false },
  })
  t.ok(bearer.body.token)
  t.notOk(bearer.headers['set-cookie'])
})

t.test('A login with `cookie` from another site starts no session', async (t) => {
  const hana = await arrive('hana')
  const body = { email: hana.email, password: firstPassword, cookie: true }
  for (const headers of [{}, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }]) {
    const answer = await call('POST /sessions', { body, headers })
    t.match(answer, { status: 403, body: { code: 'cross_site_request' } })
    t.notOk(answer.headers['set-cookie'])
  }
  t.equal((await call('GET /sessions', hana)).body.items.length, 1)
})

t.test('The end of the current session deletes its cookie, and no other end does', async (t) => {
  const ida = await arrive('ida')
  const [first, second] = [await logInWithCookie(ida.email), await logInWithCookie(ida.email)]
  const other = await call(`DELETE /sessions/${ida.sessionId}`, { headers: first.headers })
  t.equal(other.status, 204)
  t.notOk(other.headers['set-cookie'])
  const byId = await call(`DELETE /sessions/${first.body.id}`, { headers: first.headers })
  t.match(byId, { status: 204, headers: { 'set-cookie': cleared } })
  const out = await call('DELETE /sessions/current', { headers: second.headers })
  t.match(out, { status: 204, headers: { 'set-cookie': cleared } })
  const again = await call('DELETE /sessions/current', { headers: second.headers })
  t.match(again, { status: 401, headers: { 'set-cookie': cleared } }, 'it has ended already')
  const read = await call('GET /sessions', { headers: second.headers })
  t.equal(read.status, 401)
  t.notOk(read.headers['set-cookie'], 'a login may have replaced the cookie meanwhile')
  const refused = await call('DELETE /sessions/current', {
    headers: { ...second.headers, ...{ 'sec-fetch-site': 'cross-site' } },
  })
  t.equal(refused.status, 403)
  t.notOk(refused.headers['set-cookie'], 'another site cannot delete it')
})

t.test('DELETE /sessions ends all other sessions, and nothing where there are none', async (t) => {
  const gwen = await arrive('gwen')
  const others = [await logIn(gwen.email), await logIn(gwen.email)]
  const answer = await call('DELETE /sessions', gwen)
  t.match(answer, { status: 204, headers: { 'epistle-position': /^\d+$/ } })
  for (const other of others) t.match(await call('GET /sessions', other), { status: 401 })
  t.match((await call('GET /sessions', gwen)).body.items, [{ id: gwen.sessionId }])
  const again = await call('DELETE /sessions', gwen)
  t.equal(again.status, 204)
  t.notOk(again.headers['epistle-position'])
})

t.test('PATCH /sessions/{id} labels an active session of the user, and no other', async (t) => {
  const [hugo, iris] = [await arrive('hugo'), await arrive('iris')]
  const label = (id: string, body: object) => call(`PATCH /sessions/${id}`, { ...hugo, body })
  const phone = await logIn(hugo.email)
  const labelled = await label(phone.id, { label: ' my phone\n' })
  t.match(labelled, {
    status: 200,
    headers: { 'epistle-position': /^\d+$/ },
    body: {
      id: phone.id,
      label: 'my phone',
      current: false,
      startedAt: rfc3339,
      lastUsedAt: rfc3339,
    },
  })
  t.same((await call('GET /sessions', hugo)).body.items[0], labelled.body)
  const again = await label(phone.id, { label: 'my phone' })
  t.same([again.status, again.headers['epistle-position']], [200, undefined])
  t.match(await label(phone.id, { label: null }), { status: 200, body: { label: null } })
  const wrongs = ['', ' ', 'x'.repeat(101), 'my\nphone', 'my\u202ephone'].map((label) => ({
    label,
  }))
  for (const wrong of [{}, ...wrongs]) {
    t.match(await label(phone.id, wrong), { status: 422, body: { code: 'validation_failed' } })
  }
  await call(`DELETE /sessions/${phone.id}`, hugo)
  for (const id of [phone.id, iris.sessionId, randomUUID()]) {
    t.match(await label(id, { label: 'x' }), { status: 404, body: { code: 'not_found' } })
  }
})

t.test('A registration can log in with a cookie, and not from another site', async (t) => {
  const body = {
    ...{ email: 'jane@example.org', username: 'jane', password: firstPassword },
    ...{ logIn: true, cookie: true },
  }
  t.match(await call('POST /users', { body }), { status: 403 })
  const { status, body: user, headers } = await call('POST /users', { body, headers: trusted })
  t.equal(status, 201, 'nothing was registered before')
  t.same(Object.keys(user.session).sort(), ['expiresAt', 'id'])
  const cookie = String(headers['set-cookie']).split(';')[0]
  const { body: list } = await call('GET /sessions', { headers: { ...trusted, cookie } })
  t.match(list.items, [{ id: user.session.id, current: true }])
})
