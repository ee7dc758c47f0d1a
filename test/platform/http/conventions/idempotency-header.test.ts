// `Idempotency-Key`: a retry with the same key gets the first response, and the request runs once. This
// holds for simultaneous retries, on another server and after a restart. Other content is rejected.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { password, served } from '../../../support/http/served.ts'

const { server, another, owner, arrive, send } = await served(t)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]

interface Sent {
  readonly method?: string
  readonly token?: string
  readonly key?: string
  readonly body: object
  readonly headers?: Record<string, string>
}

/** Sends a request and returns the parts of the response that a retry must repeat. */
async function call(path: string, { method = 'POST', token, key, body, headers }: Sent) {
  const response = await send(path, {
    method,
    ...(token && { token }),
    headers: { ...headers, ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify(body),
  })
  return answerOf(response)
}

async function answerOf(response: Response) {
  const header = (name: string) => response.headers.get(name)
  return {
    status: response.status,
    text: await response.text(),
    location: header('location'),
    etag: header('etag'),
    position: header('epistle-position'),
  }
}

async function events(): Promise<number> {
  const { rows } = await owner.query('select count(*)::int as n from log.events')
  return rows[0].n
}

const codeOf = (answer: { text: string }) => JSON.parse(answer.text).code
const toBob = (content = 'hello') => ({ to: bob.user.id, content })
const registration = (username: string, change: object = {}) => {
  return { email: `${username}@example.org`, username, password, ...change }
}

t.test('A retried message gets the first response and is stored once', async (t) => {
  const request = { token: ada.token, key: randomUUID(), body: toBob() }
  const first = await call('/messages', request)
  t.match(first, { status: 201, position: /^\d+$/, location: /^\/messages\// })
  const before = await events()
  t.same(await call('/messages', request), first)
  t.equal(await events(), before)
  for (const body of [toBob('another'), { ...toBob(), to: ada.user.id }]) {
    t.equal(codeOf(await call('/messages', { ...request, body })), 'idempotency_key_reused')
  }
})

t.test('A retried registration gets the first response', async (t) => {
  const request = { key: 'register me', body: registration('cleo') }
  const quoted = { ...request, key: '"register me"' }
  const first = await call('/users', quoted)
  t.match(first, { status: 201, etag: '"1"', position: /^\d+$/, location: /^\/users\// })
  const before = await events()
  t.same(await call('/users', quoted), first)
  t.equal(await events(), before)
  for (const change of [{ password: 'some unrelated words' }, { username: 'cleopatra' }]) {
    const body = registration('cleo', change)
    t.equal(codeOf(await call('/users', { ...quoted, body })), 'idempotency_key_reused')
  }
  const other = await call('/users', { ...quoted, body: registration('dora') })
  t.equal(other.status, 201, 'the same key is independent for another address')
})

t.test('A retried change of password gets the first response', async (t) => {
  const eve = await arrive('eve')
  const body = { currentPassword: password, newPassword: 'other unrelated words' }
  const request = { method: 'PUT', token: eve.token, key: randomUUID(), body }
  const headers = { 'if-match': '"1"' }
  const first = await call('/users/me/password', { ...request, headers })
  t.match(first, { status: 204, etag: '"2"' })
  t.same(await call('/users/me/password', { ...request, headers }), first, 'with If-Match as well')
  for (const change of [{ newPassword: 'quite another one' }, { currentPassword: 'wrong' }]) {
    const other = { ...request, body: { ...body, ...change } }
    t.equal(codeOf(await call('/users/me/password', other)), 'idempotency_key_reused')
  }
  const again = { method: 'PUT', token: eve.token, body: { ...body, currentPassword: 'wrong' } }
  t.equal(codeOf(await call('/users/me/password', again)), 'wrong_password')
})

t.test('A retried batch of messages gets the first response', async (t) => {
  const messages = [toBob('one'), toBob('two'), toBob('three')]
  const request = { token: ada.token, key: randomUUID(), body: { messages } }
  const first = await call('/messages/batch', request)
  t.equal(first.status, 201)
  const before = await events()
  t.same(await call('/messages/batch', request), first)
  const others = [messages.slice(0, 2), [...messages, toBob('four')], messages.toReversed()]
  for (const other of others) {
    const answer = await call('/messages/batch', { ...request, body: { messages: other } })
    t.equal(codeOf(answer), 'idempotency_key_reused')
  }
  t.equal(await events(), before)
})

t.test('A request sent to two servers at the same moment runs once', async (t) => {
  const both = [server.url, await another()]
  const post = async (url: string, path: string, key: string, body: object, init: object = {}) => {
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${ada.token}`,
      'idempotency-key': key,
    }
    const request = { method: 'POST', headers, body: JSON.stringify(body), ...init }
    return answerOf(await fetch(url + path, request))
  }
  for (let round = 0; round < 10; round += 1) {
    const [key, before] = [randomUUID(), await events()]
    const sent = await Promise.all(
      [...both, ...both].map((url) => post(url, '/messages', key, toBob())),
    )
    t.equal(sent[0]?.status, 201)
    for (const answer of sent) t.same(answer, sent[0])
    t.equal(await events(), before + 1)

    const body = registration(`racer-${round}`)
    const registered = await Promise.all(both.map((url) => post(url, '/users', key, body)))
    t.equal(registered[0]?.status, 201)
    t.same(registered[1], registered[0])
    t.equal(await events(), before + 2)
  }
  const frank = await arrive('frank')
  const change = { currentPassword: password, newPassword: 'other unrelated words' }
  const init = { method: 'PUT' }
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${frank.token}`,
    'idempotency-key': 'k',
  }
  const changed = await Promise.all(
    both.map((url) => post(url, '/users/me/password', 'k', change, { ...init, headers })),
  )
  t.strictSame([changed[0]?.status, changed[1]], [204, changed[0]])
})

t.test('A server that started after the first request sends the same response', async (t) => {
  const request = { token: ada.token, key: randomUUID(), body: toBob('before the restart') }
  const first = await call('/messages', request)
  const response = await fetch(`${await another()}/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${ada.token}`,
      'idempotency-key': request.key,
    },
    body: JSON.stringify(request.body),
  })
  t.same(await answerOf(response), first)
})

t.test('The same key is independent for each user and operation', async (t) => {
  const request = { key: 'mine', body: toBob() }
  const [first, second] = [
    await call('/messages', { ...request, token: ada.token }),
    await call('/messages', { ...request, token: bob.token }),
  ]
  t.strictSame([first.status, second.status], [201, 201])
  const together = { ...request, token: ada.token, body: { messages: [toBob()] } }
  t.equal((await call('/messages/batch', together)).status, 201)
})

t.test('A rejected request does not use up its key', async (t) => {
  const [key, to] = [randomUUID(), randomUUID()]
  const refused = { token: ada.token, key, body: { to, content: 'hello' } }
  t.equal(codeOf(await call('/messages', refused)), 'recipient_unknown')
  t.equal((await call('/messages', { ...refused, body: toBob() })).status, 201)
})

t.test('A login ignores the key, because a token is shown only once', async (t) => {
  const { email } = ada
  const login = { key: randomUUID(), body: { email, password } }
  const [first, second] = [await call('/sessions', login), await call('/sessions', login)]
  t.strictSame([first.status, second.status], [201, 201])
  t.not(first.text, second.text)
})

t.test('A key has 1 to 255 printable characters, with or without quotes', async (t) => {
  const sendUnder = (key: string) => call('/messages', { token: ada.token, key, body: toBob() })
  const long = 'k'.repeat(255)
  const first = await sendUnder(long)
  t.equal(first.status, 201)
  t.same(await sendUnder(`"${long}"`), first, 'the quotes are not part of it')
  t.equal((await sendUnder('"a \\"quoted\\" \\\\ one"')).status, 201)
  for (const key of [`${long}k`, '""', '"open', 'two words', 'ä', '"a\\b"', '"a"; p=1']) {
    const { status, text } = await sendUnder(key)
    const { code, errors } = JSON.parse(text)
    t.match([status, code, errors], [422, 'validation_failed', [{ parameter: 'Idempotency-Key' }]])
  }
})
