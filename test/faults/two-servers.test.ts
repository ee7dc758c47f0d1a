// Two servers in OS processes of their own on one database: their responses agree. One request wins a race
// for a username or an address, and idempotency keys remain valid after a restart of every server.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { Server } from '../support/faults/servers.ts'
import { password } from '../support/http/served.ts'
import { connect, installedDatabase } from '../support/installed.ts'

const url = await installedDatabase(t)
const owner = await connect(t, url)
const servers = await Promise.all([Server.start(t, url), Server.start(t, url)])

interface Sent {
  readonly method?: string
  readonly token?: string
  readonly key?: string
  readonly body: object
}

/** Sends a request to a server. Returns the parts of the response that a retry must repeat. */
async function call(server: number, path: string, { method = 'POST', token, key, body }: Sent) {
  const headers = {
    'content-type': 'application/json',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(key && { 'idempotency-key': key }),
  }
  const init = { method, headers, body: JSON.stringify(body) }
  const response = await fetch(`${servers[server]?.base}${path}`, init)
  const [location, etag, position] = ['location', 'etag', 'epistle-position'].map((name) =>
    response.headers.get(name),
  )
  return { status: response.status, text: await response.text(), location, etag, position }
}

/** Sends three concurrent registrations to each server. Returns how often each outcome occurred. */
async function race(registrations: (n: number) => { email: string; username: string }) {
  const racing = Array.from({ length: 6 }, async (_, n) => {
    const body = { ...registrations(n), password }
    const { status, text } = await call(n % 2, '/users', { body })
    return status === 201 ? 'registered' : String(JSON.parse(text).code)
  })
  const answers = Object.groupBy(await Promise.all(racing), (answer) => answer)
  return Object.fromEntries(Object.entries(answers).map(([answer, all]) => [answer, all?.length]))
}

const rounds = 25

t.test('one of six concurrent registrations with a username at two servers succeeds', async (t) => {
  for (let round = 0; round < rounds; round += 1) {
    const username = `wanted-${round}`
    // The same name in capitals.
    const outcomes = await race((n) => ({
      email: `${username}.${n}@example.org`,
      username: n < 3 ? username : username.toUpperCase(),
    }))
    t.strictSame(outcomes, { registered: 1, username_taken: 5 })
  }
  const { rows } = await owner.query(
    `select username, count(*)::int as n from read.users_2 where username like 'wanted-%' group by 1`,
  )
  t.strictSame(new Set(rows.map(({ n }) => n)), new Set([1]))
  t.equal(rows.length, rounds)
})

t.test('one of six concurrent registrations with an address at two servers succeeds', async (t) => {
  for (let round = 0; round < rounds; round += 1) {
    const email = `shared.${round}@example.org`
    const outcomes = await race((n) => ({
      email: n < 3 ? email : email.toUpperCase(),
      username: `sharer-${round}-${n}`,
    }))
    t.strictSame(outcomes, { registered: 1, email_taken: 5 })
  }
})

t.test('an idempotency key remains valid after a restart of every server', async (t) => {
  const body = { email: 'ada@example.org', username: 'ada', password }
  const registration = { key: randomUUID(), body }
  const registered = await call(0, '/users', registration)
  const login = await call(0, '/sessions', { body: { email: body.email, password } })
  const { token, user } = JSON.parse(login.text)
  const toSelf = { to: user.id, content: 'hello' }
  const newPassword = 'other unrelated words'
  const requests: [string, Sent][] = [
    ['/messages', { token, key: randomUUID(), body: toSelf }],
    ['/messages/batch', { token, key: randomUUID(), body: { messages: [toSelf, toSelf] } }],
    [
      '/users/me/password',
      { method: 'PUT', token, key: randomUUID(), body: { currentPassword: password, newPassword } },
    ],
    ['/users', registration],
  ]
  const first = []
  for (const [path, sent] of requests) first.push(await call(0, path, sent))
  t.strictSame(
    first.map(({ status }) => status),
    [201, 201, 204, 201],
  )
  t.strictSame(first.at(-1), registered)

  const count = async () => (await owner.query('select from log.events')).rowCount
  const before = await count()
  await Promise.all(servers.map((server) => server.kill()))
  await Promise.all(servers.map((server) => server.startAgain()))
  for (const server of servers.keys()) {
    for (const [n, [path, sent]] of requests.entries()) {
      t.strictSame(await call(server, path, sent), first[n], path)
    }
  }
  t.equal(await count(), before, 'the retries appended no event')
})
