// `/users` as a client sees it.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { firstPassword } from '../../support/domain.ts'
import { openRoutes } from '../../support/http/routes.ts'

const { call, arrive, logIn } = await openRoutes(t)
const registration = { email: 'Ada@Example.org', username: 'Ada.L', password: firstPassword }
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

t.test('POST /users returns the profile, its location and the position of the event', async (t) => {
  const { status, headers, body } = await call('POST /users', { body: registration })
  t.equal(status, 201)
  t.match(body, { email: 'Ada@Example.org', username: 'ada.l', registeredAt: rfc3339 })
  t.same(Object.keys(body), ['id', 'email', 'username', 'registeredAt', 'emailVerified'])
  t.match(headers, { location: `/users/${body.id}`, etag: '"1"', 'epistle-position': /^\d+$/ })
})

t.test('POST /users with logIn returns a session; a retry starts another one', async (t) => {
  const body = { email: 'lou@example.org', username: 'lou', password: firstPassword, logIn: true }
  const headers = { 'idempotency-key': 'lou', 'user-agent': `Mozilla/5.0 ${'x'.repeat(300)}` }
  const first = await call('POST /users', { body, headers })
  t.match(first, { status: 201, headers: { etag: '"1"' }, body: { username: 'lou' } })
  const { session } = first.body
  const list = await call('GET /sessions', { token: session.token })
  t.match(list.body.items, [{ id: session.id, expiresAt: session.expiresAt, label: null }])
  t.equal(list.body.items[0].userAgent, headers['user-agent'].slice(0, 256))
  const retry = await call('POST /users', { body, headers })
  t.equal(retry.body.id, first.body.id)
  t.not(retry.body.session.token, session.token)
  t.match(await call('GET /users/me', { token: retry.body.session.token }), { status: 200 })
  // A copy of the request starts no session once the password has changed.
  const change = { currentPassword: firstPassword, newPassword: 'entirely different words' }
  await call('PUT /users/me/password', { token: session.token, body: change })
  t.match(await call('POST /users', { body, headers }), {
    status: 401,
    body: { code: 'invalid_credentials' },
  })
  const plain = await call('POST /users', { body: { ...body, logIn: false }, headers })
  t.match(plain, { status: 201, body: { id: first.body.id } })
  t.notOk(plain.body.session)
})

t.test('POST /users rejects a taken address or username with 409', async (t) => {
  const { email } = await arrive('bob')
  const again = { email: 'x@example.org', username: 'x-x', password: firstPassword }
  t.match(await call('POST /users', { body: { ...again, email: email.toUpperCase() } }), {
    status: 409,
    body: { code: 'email_taken' },
  })
  t.match(await call('POST /users', { body: { ...again, username: 'BOB' } }), {
    status: 409,
    body: { code: 'username_taken' },
  })
})

t.test('Every form of an internationalized address names one account', async (t) => {
  const { username: _, ...ilse } = { ...registration, email: ' ilse@BÜCHER.example ' }
  const registered = await call('POST /users', { body: { ...ilse, username: 'ilse' } })
  t.match(registered, { status: 201, body: { email: 'ilse@bücher.example' } })
  for (const email of ['Ilse@xn--bcher-kva.example', '\tilse@bu\u0308cher.example']) {
    t.match(await call('POST /sessions', { body: { ...ilse, email } }), {
      status: 201,
      body: { user: { email: 'ilse@bücher.example' } },
    })
    t.match(await call('POST /users', { body: { ...ilse, email, username: 'ilse2' } }), {
      status: 409,
      body: { code: 'email_taken' },
    })
  }
})

t.test('POST /users points at each invalid field', async (t) => {
  const body = { email: 'ada', username: 'Admin', password: firstPassword, role: 'boss' }
  const answer = await call('POST /users', { body })
  t.match(answer, { status: 422, body: { code: 'validation_failed' } })
  const pointers = answer.body.errors.map((error: { pointer: string }) => error.pointer)
  t.same(pointers.sort(), ['/email', '/role', '/username'])
})

t.test('POST /users rejects a weak password with the reason and a pointer', async (t) => {
  for (const [password, reason] of [
    ['', /has 0 characters; at least 8/],
    ['Password1', /common/],
    ['x'.repeat(5000), /at most 256/],
    [`a${'\u0301'.repeat(3e3)}${'\u0316'.repeat(3e3)}`, /at most 256/],
  ] as const) {
    t.match(await call('POST /users', { body: { ...registration, password } }), {
      status: 422,
      body: { code: 'password_refused', detail: reason, errors: [{ pointer: '/password' }] },
    })
  }
})

t.test('POST /sessions rejects a password that is far too long', async (t) => {
  const password = `a${'\u0301'.repeat(3e3)}${'\u0316'.repeat(3e3)}`
  t.match(await call('POST /sessions', { body: { email: 'x@example.org', password } }), {
    status: 422,
    body: { code: 'validation_failed', errors: [{ pointer: '/password' }] },
  })
})

t.test('The ETag of GET /users/me changes with a password change', async (t) => {
  const carl = await arrive('carl')
  const profile = await call('GET /users/me', carl)
  t.match(profile, { status: 200, headers: { etag: '"1"' } })
  t.match(profile.body, { id: carl.id, email: carl.email, username: 'carl', registeredAt: rfc3339 })
  const body = { currentPassword: firstPassword, newPassword: 'another password' }
  const changed = await call('PUT /users/me/password', {
    ...carl,
    body,
    headers: { 'if-match': '"1"' },
  })
  t.match(changed, { status: 204, headers: { etag: '"2"', 'epistle-position': /^\d+$/ } })
  t.equal(changed.body, undefined)
  t.match(await call('GET /users/me', carl), { status: 200, headers: { etag: '"2"' } })
})

t.test(
  'PUT /users/me/password rejects wrong passwords, weak passwords and stale versions',
  async (t) => {
    const dora = await arrive('dora')
    const other = await logIn(dora.email)
    const body = { currentPassword: firstPassword, newPassword: 'another password' }
    const change = (changes: object, headers = {}) =>
      call('PUT /users/me/password', { ...dora, body: { ...body, ...changes }, headers })
    const wrong = { pointer: '/currentPassword', code: 'wrong' }
    for (const [newPassword, ...more] of [
      ['another password'],
      ['Password1', { pointer: '/newPassword', code: 'too_common' }],
    ] as const) {
      const answer = await change({ currentPassword: 'wrong guess', newPassword })
      t.match(answer, { status: 403, body: { code: 'wrong_password', errors: [wrong, ...more] } })
      t.equal(answer.body.errors.length, 1 + more.length)
    }
    t.match(await change({ newPassword: 'dora@example.org' }), {
      status: 422,
      body: { code: 'password_refused', errors: [{ pointer: '/newPassword' }] },
    })
    for (const header of ['"2"', 'W/"1"']) {
      t.match(
        await change({}, { 'if-match': header }),
        { status: 412, body: { code: 'version_mismatch' } },
        header,
      )
    }
    t.match(await change({}, { 'if-match': 'one' }), { status: 422 })
    for (const header of ['*', 'W/"1"']) {
      t.match(await change({}, { 'if-none-match': header }), { status: 412 }, header)
    }
    const profile = (tag: string) =>
      call('GET /users/me', { ...dora, headers: { 'if-none-match': tag } })
    t.match(await profile('"1"'), { status: 304, body: undefined })
    t.match(await profile('"7"'), { status: 200 })
    t.match(await call('GET /users/me', other), { status: 200 }, 'no session has ended yet')
    t.match(await change({}, { 'if-match': '*' }), { status: 204 })
    t.match(await call('GET /users/me', other), { status: 401 }, 'the other session has ended')
    t.match(
      await call('GET /users/me', dora),
      { status: 200 },
      'the session of the request has not',
    )
  },
)

t.test('GET /users/{id} returns only the id and the username', async (t) => {
  const [emil, fred] = [await arrive('emil'), await arrive('fred')]
  const seen = await call(`GET /users/${fred.id.toUpperCase()}`, emil)
  t.same(seen.body, { id: fred.id, username: 'fred' })
  t.match(await call(`GET /users/${randomUUID()}`, emil), { status: 404 })
  t.match(await call('GET /users/fred', emil), {
    status: 422,
    body: { errors: [{ parameter: 'id' }] },
  })
})

t.test('GET /users pages forward and back', async (t) => {
  const hans = await arrive('hans')
  for (const name of ['hans-1', 'hans_2', 'hans.3', 'hanna']) await arrive(name)
  const all = await call('GET /users?username=HANS', hans)
  const names = (body: { items: { username: string }[] }) => body.items.map((u) => u.username)
  t.same(names(all.body), ['hans', 'hans-1', 'hans.3', 'hans_2'])
  t.same(Object.keys(all.body), ['items'], 'there is no next page')
  const first = await call('GET /users?username=hans&limit=3', hans)
  t.same(names(first.body), ['hans', 'hans-1', 'hans.3'])
  const next = `GET /users?username=hans&before=${first.body.nextCursor}` as const
  t.same(names((await call(next, hans)).body), ['hans_2'])
  const back = `GET /users?username=hans&after=${first.body.nextCursor}` as const
  t.same(names((await call(back, hans)).body), ['hans-1', 'hans'])
  for (const query of ['', '?username=h', '?username=hans&name=x', '?username=hans&limit=0']) {
    t.match(await call(`GET /users${query}`, hans), { status: 422 }, query)
  }
})

t.test('GET /users finds users by their ids, in the order of the ids', async (t) => {
  const [karl, lena, mona] = [await arrive('karl'), await arrive('lena'), await arrive('mona')]
  const find = (ids: readonly string[], more = '') => call(`GET /users?ids=${ids}${more}`, karl)
  t.same((await find([mona.id, randomUUID(), karl.id.toUpperCase(), lena.id, mona.id])).body, {
    items: [
      { id: mona.id, username: 'mona' },
      { id: karl.id, username: 'karl' },
      { id: lena.id, username: 'lena' },
    ],
  })
  const hundred = [...Array.from({ length: 99 }, () => randomUUID()), lena.id]
  t.match(await find(hundred, '&limit=1'), { status: 200, body: { items: [{ id: lena.id }] } })
  for (const ids of [[...hundred, mona.id], [''], [lena.id, ''], ['karl'], [lena.id, 'karl']]) {
    const refused = { status: 422, body: { errors: [{ parameter: 'ids' }] } }
    t.match(await find(ids), refused, String(ids).slice(0, 50))
  }
  for (const parameter of ['username', 'before', 'after']) {
    const errors = [{ parameter, message: 'cannot be combined with ids' }]
    const value =
      parameter === 'username' ? 'lena' : Buffer.from('users:lena').toString('base64url')
    t.match(await find([lena.id], `&${parameter}=${value}`), { status: 422, body: { errors } })
  }
})

t.test('GET /users rejects a cursor that no search has returned', async (t) => {
  const ina = await arrive('ina')
  const ask = (key: string) => {
    const cursor = Buffer.from(`users:${key}`).toString('base64url')
    return call(`GET /users?username=id&before=${cursor}`, ina)
  }
  t.match(await ask('ida'), { status: 200 })
  for (const key of ['', '\0', 'ida\0', 'Ida', 'id', 'ida\n', 'a'.repeat(31), 'i da']) {
    t.match(
      await ask(key),
      { status: 422, body: { code: 'validation_failed', errors: [{ parameter: 'before' }] } },
      JSON.stringify(key),
    )
  }
})
