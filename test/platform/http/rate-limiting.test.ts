// Rate limits as clients see them, on two servers with one database behind a trusted proxy.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { accountPolicy } from '../../../src/platform/passwords/attempt-policy.ts'
import { policies } from '../../../src/platform/rate-limits/policies.ts'
import { password, served } from '../../support/http/served.ts'
import { clientNumber, stopClock } from '../../support/limit-servers.ts'

const pass = stopClock()
const env = { RATE_LIMITS: 'on', TRUST_PROXY: '127.0.0.1, ::1' }
const { server, another, owner, arrive, send, client } = await served(t, env)
const second = await another()
const { free } = accountPolicy
const fields = ['retry-after', 'ratelimit', 'ratelimit-policy'] as const

interface Sending {
  readonly method?: string
  readonly token?: string
  readonly from?: string
  readonly on?: string
  readonly key?: string
}

/** Sends JSON as a client behind the proxy; returns the problem code or the status. */
async function post(path: string, body: object, sending: Sending = {}) {
  const { method = 'POST', token, from = '192.0.2.1', on = server.url, key } = sending
  const headers = {
    'content-type': 'application/json',
    'x-forwarded-for': from,
    ...(token && { authorization: `Bearer ${token}` }),
    ...(key && { 'idempotency-key': key }),
  }
  const init = { method, headers, body: JSON.stringify(body) }
  const response =
    on === server.url ? await send(path, init) : await fetch(new Request(on + path, init))
  const { code } = (response.ok ? {} : await response.json()) as { code?: string }
  return { code: code ?? response.status, headers: response.headers }
}

const logIn = (email: string, sending?: Sending, guess = 'a wrong guess') =>
  post('/sessions', { email, password: guess }, sending)

/** How often each code occurs. */
function tally(codes: readonly (string | number)[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(codes, (code) => code)].map(([c, all]) => [c, all.length]),
  )
}

const [ada, bob] = [await arrive('ada'), await arrive('bob')]

t.test(
  'Of 100 simultaneous wrong logins on two servers, only the free attempts are tried',
  async (t) => {
    for (const email of [ada.email, 'unknown@example.org']) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          logIn(email, { from: clientNumber(n), on: n % 2 === 0 ? server.url : second }),
        ),
      )
      t.same(tally(answers.map(({ code }) => code)), {
        invalid_credentials: free,
        too_many_requests: 100 - free,
      })
    }
  },
)

t.test('An unregistered address gets the same responses as a registered one', async (t) => {
  const answers = async (email: string) => {
    const all = []
    for (let n = 0; n <= free; n += 1) all.push(await logIn(email, { from: '192.0.2.2' }))
    return all.map(({ code, headers }) => [code, ...fields.map((name) => headers.get(name))])
  }
  const carl = await arrive('carl')
  const [last, ...others] = (await answers(carl.email)).reverse()
  t.same(last, [
    'too_many_requests',
    '15',
    '"passwords-account";r=0;t=15',
    '"passwords-account";q=1;w=15',
  ])
  t.same(others, Array(free).fill(['invalid_credentials', null, null, null]))
  t.same((await answers('also-unknown@example.org')).reverse(), [last, ...others])
})

t.test('A client may log in again after Retry-After', async (t) => {
  pass(14.999)
  t.equal((await logIn(ada.email)).code, 'too_many_requests')
  pass(0.001)
  t.equal((await logIn(ada.email, {}, password)).code, 201)
  t.equal(
    (await logIn(ada.email)).code,
    'invalid_credentials',
    'the right password has reset the count',
  )
})

t.test('A wrong current password counts as a password attempt', async (t) => {
  const dora = await arrive('dora')
  const change = (currentPassword: string) =>
    post(
      '/users/me/password',
      { currentPassword, newPassword: 'other words entirely' },
      { ...dora, method: 'PUT' },
    )
  for (let n = 1; n < free; n += 1) t.equal((await change('a wrong guess')).code, 'wrong_password')
  t.equal(
    (await logIn(dora.email)).code,
    'invalid_credentials',
    'a login counts as the next attempt',
  )
  t.equal(
    (await change(password)).code,
    'too_many_requests',
    'even the right password is not checked',
  )
})

t.test('A retry with another password counts as a password attempt', async (t) => {
  const key = randomUUID()
  const body = { email: 'eve@example.org', username: 'eve', password }
  t.equal((await post('/users', body, { key })).code, 201)
  for (let n = 0; n < free; n += 1) {
    const guess = { ...body, password: `guess number ${n}` }
    t.equal((await post('/users', guess, { key })).code, 'idempotency_key_reused')
  }
  t.equal((await post('/users', body, { key })).code, 'too_many_requests')
  const fred = await arrive('fred')
  const change = { currentPassword: password, newPassword: 'other words entirely' }
  const repeat = { token: fred.token, key, method: 'PUT' }
  t.equal((await post('/users/me/password', change, repeat)).code, 204)
  for (let n = 0; n < free; n += 1) {
    const guess = { ...change, currentPassword: `guess number ${n}` }
    t.equal((await post('/users/me/password', guess, repeat)).code, 'idempotency_key_reused')
  }
  const guess = { ...change, currentPassword: 'one more guess' }
  t.equal((await post('/users/me/password', guess, repeat)).code, 'too_many_requests')
})

t.test('Registrations are limited per client, and an IPv6 /64 is one client', async (t) => {
  const { points, seconds } = policies.registration.client
  const register = (n: number, from: string) =>
    post(
      '/users',
      { email: `g${n}@example.org`, username: `grace${n}`, password: 'password' },
      { from },
    )
  for (let n = 0; n < points; n += 1) {
    t.equal((await register(n, `2001:db8::${n.toString(16)}`)).code, 'password_refused')
  }
  const { code, headers } = await register(points, '2001:db8::ffff')
  t.equal(code, 'too_many_requests')
  t.equal(headers.get('ratelimit-policy'), `"registration-client";q=${points};w=${seconds}`)
  t.equal((await register(points, '2001:db8:0:1::1')).code, 'password_refused')
})

t.test('Registrations of an address are limited, whichever client sends them', async (t) => {
  const { points } = policies.registration.account
  const register = (n: number) =>
    post(
      '/users',
      { email: 'Hugo@example.org', username: 'hugo', password: 'password' },
      { from: clientNumber(n) },
    )
  for (let n = 0; n < points; n += 1) t.equal((await register(n)).code, 'password_refused')
  t.equal((await register(points)).code, 'too_many_requests')
})

t.test('Sending is limited per user and server, without writes to the database', async (t) => {
  const counted = 'select count(*)::int, sum(points)::int from limits.counts'
  const before = (await owner.query(counted)).rows
  const { burst } = policies.sending
  const batch = (to: string, length: number) => ({
    messages: Array(length).fill({ to, content: 'x' }),
  })
  const body = batch(bob.user.id, 100)
  for (let sent = 0; sent < burst; sent += 100) {
    t.equal((await post('/messages/batch', body, ada)).code, 201)
  }
  const { code, headers } = await post('/messages/batch', body, ada)
  t.equal(code, 'too_many_requests', 'a batch counts as the number of its messages')
  t.match(headers.get('ratelimit-policy'), `"sending";q=${burst};w=40`)
  t.match(headers.get('ratelimit'), /^"sending";r=0;t=(?:1\d|20)$/)
  t.equal((await post('/messages/batch', body, { ...ada, on: second })).code, 201)
  t.equal((await post('/messages', { to: ada.user.id, content: 'x' }, bob)).code, 201)
  t.same((await owner.query(counted)).rows, before)
})

t.test('Edits, read marks, blocks, unblocks and labels of sessions count as sending', async (t) => {
  const [kim, leo] = [await arrive('kim'), await arrive('leo')]
  const { data } = await kim.client.POST('/messages', { body: { to: leo.user.id, content: 'x' } })
  const { burst } = policies.sending
  const messages = Array(100).fill({ to: leo.user.id, content: 'x' })
  await post('/messages/batch', { messages }, kim)
  await post('/messages/batch', { messages: messages.slice(0, burst - 101) }, kim)
  const another = () => post('/messages', { to: leo.user.id, content: 'x' }, kim)
  for (const [what, call] of Object.entries({
    edit: () => post(`/messages/${data?.id}`, { content: 'y' }, { ...kim, method: 'PATCH' }),
    read: () =>
      post(`/conversations/${leo.user.id}/read`, { upTo: data?.id }, { ...kim, method: 'PUT' }),
    block: () => post(`/blocks/${leo.user.id}`, {}, { ...kim, method: 'PUT' }),
    unblock: () => post(`/blocks/${leo.user.id}`, {}, { ...kim, method: 'DELETE' }),
    label: () => post(`/sessions/${kim.user.id}`, { label: 'x' }, { ...kim, method: 'PATCH' }),
  })) {
    // On a busy machine, the bucket may have refilled by one when the request arrives.
    let code: string | number = 0
    for (let n = 0; n < 20 && code !== 'too_many_requests'; n += 1) {
      while ((await another()).code !== 'too_many_requests');
      code = (await call()).code
    }
    t.equal(code, 'too_many_requests', what)
  }
  const own = { params: { path: { id: data?.id ?? '' } } }
  const { response } = await kim.client.DELETE('/messages/{id}', own)
  t.equal(
    response.status,
    204,
    'a deletion is not limited, because each message is deleted only once',
  )
})

t.test('A limited request fails with unavailable when it cannot be counted', async (t) => {
  await owner.query('revoke update on limits.counts from epistle_service')
  t.equal((await logIn(bob.email, {}, password)).code, 'unavailable')
  const gina = { email: 'gina@example.org', username: 'gina', password }
  t.equal((await post('/users', gina)).code, 'unavailable')
  t.equal(
    (await client(ada.token).GET('/users/me')).response.status,
    200,
    'requests without a limit still work',
  )
  await owner.query('grant update on limits.counts to epistle_service')
  t.equal((await logIn(bob.email, {}, password)).code, 201)
})
