// Every problem that a client can receive from a listening server; the last test compares them with the catalogue.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { problems } from '../../../src/platform/http/problems/catalogue.ts'
import { problemsOf } from '../../support/http/expected-problems.ts'
import { exchange } from '../../support/http/raw.ts'
import { password, served } from '../../support/http/served.ts'
import { connect, installInto } from '../../support/installed.ts'
import { untilWaits } from '../../support/read-models/blocked-sessions.ts'
import { copyReleases } from '../../support/read-models/copied-releases.ts'

const { server, another, databaseUrl, owner, send, client, arrive } = await served(t)
const [ada, bob] = [await arrive('ada'), await arrive('bob')]
/** `error-handler.test.ts` receives the first one, which takes 30 seconds here; tests of the features the others. */
const elsewhere = ['verification_required', 'gone', 'suspended', 'already_reported']
const seen = new Set<string>(['request_timeout', 'already_verified', ...elsewhere])
const port = Number(new URL(server.url).port)

const expect = problemsOf(send, seen)

const { token } = ada
const newcomer = { email: 'new@example.org', username: 'newcomer', password }

t.test('A malformed request or body is rejected', async (t) => {
  await expect(t, 'malformed_json', 'POST /users', { body: '{"email":' })
  await expect(t, 'too_large', 'POST /users', { body: `"${'x'.repeat(2 ** 20)}"` })
  const typed = { body: '{}', headers: { 'content-type': 'text/plain' } }
  await expect(t, 'unsupported_media_type', 'POST /sessions', typed)
  const long = 'x'.repeat(20_000)
  const heads = ['HELO example.org', 'FETCH / HTTP/1.1', 'GET / HTTP/2.0', `GET /${long} HTTP/1.1`]
  for (const head of [...heads, `GET / HTTP/1.1\r\nX-Header: ${long}`]) {
    const raw = await exchange(port, `${head}\r\nHost: x\r\n\r\n`)
    const code = /"code":"(\w+)"/.exec(raw)?.[1] ?? raw
    t.notOk(seen.has(code), code)
    seen.add(code)
  }
})

t.test('Each invalid field is named in errors', async (t) => {
  const failed = async (request: string, init: object, ...expected: object[]) => {
    const { problem } = await expect(t, 'validation_failed', request, init)
    t.match(problem.errors, expected, request)
    t.equal((problem.errors as object[]).length, expected.length)
  }
  const body = { ...newcomer, admin: true, email: 'no address', username: 'x' }
  const pointers = ['/email', '/username', '/admin'].map((pointer) => ({ pointer }))
  await failed('POST /users', { body }, ...pointers)
  const message = `{"to":"${bob.user.id}","content":"half a \\ud83d pair"}`
  await failed('POST /messages', { token, body: message }, { pointer: '/content' })
  const nul = { to: bob.user.id, content: 'a\u0000b' }
  await failed('POST /messages', { token, body: nul }, { pointer: '/content' })
  await failed('GET /messages/17', { token }, { parameter: 'id' })
  await failed('DELETE /sessions/mine', { token }, { parameter: 'id' })
  await failed('GET /messages?limit=101', { token }, { parameter: 'limit' })
  await failed('GET /messages?before=Zm9v', { token }, { parameter: 'before' })
  await failed('GET /messages?colour=red', { token }, { parameter: 'colour' })
  for (const call of ['GET /users/me', 'GET /livez', 'GET /problems', 'DELETE /sessions/current']) {
    await failed(`${call}?colour=red`, { token }, { parameter: 'colour' })
  }
  const hello = { to: bob.user.id, content: 'hello' }
  await failed('POST /messages?colour=red', { token, body: hello }, { parameter: 'colour' })
  await failed('GET /users?username=ad&username=al', { token }, { parameter: 'username' })
  await failed('GET /users?username=a%00d', { token }, { parameter: 'username' })
})

t.test('A request without permission is rejected', async (t) => {
  const { headers } = await expect(t, 'unauthenticated', 'GET /messages/17')
  const challenge = 'Bearer realm="Epistle"'
  t.equal(headers.get('www-authenticate'), challenge, 'authentication comes before validation')
  await expect(t, 'unauthenticated', 'POST /messages', { body: '{' })
  const page = { headers: { cookie: '__Host-epistle=x' } }
  await expect(t, 'cross_site_request', 'DELETE /sessions/current', page)
  await expect(t, 'ambiguous_credentials', 'DELETE /sessions/current', { token, ...page })
  const login = { email: ada.email, password: 'not this one' }
  const wrongly = { body: login }
  const { headers: wrong } = await expect(t, 'invalid_credentials', 'POST /sessions', wrongly)
  t.equal(wrong.get('www-authenticate'), challenge)
  const body = { currentPassword: 'not this one', newPassword: 'other words entirely' }
  await expect(t, 'wrong_password', 'PUT /users/me/password', { token, body })
  await expect(t, 'not_found', `GET /users/${randomUUID()}`, { token })
  await expect(t, 'not_found', `DELETE /sessions/${bob.id}`, { token })
  await expect(t, 'not_found', 'GET /nowhere')
  const { headers: known } = await expect(t, 'method_not_allowed', 'DELETE /users/me', { token })
  t.equal(known.get('allow'), 'GET, HEAD, OPTIONS')
})

t.test('An expired session is rejected with 401', async (t) => {
  const carl = await arrive('carl')
  await owner.query(`update read.sessions_10 set expires_at = now() where id = $1`, [carl.id])
  await expect(t, 'unauthenticated', 'GET /users/me', { token: carl.token })
})

t.test('Values that are taken, too easy, unknown or outdated are rejected', async (t) => {
  for (const [code, value] of [
    ['email_taken', { email: 'ADA@example.org' }],
    ['username_taken', { username: 'ADA' }],
    ['password_refused', { password: 'password' }],
  ] as const) {
    await expect(t, code, 'POST /users', { body: { ...newcomer, ...value } })
  }
  const body = { to: randomUUID(), content: 'hello?' }
  await expect(t, 'recipient_unknown', 'POST /messages', { token, body })
  const carla = await arrive('carla')
  await send(`/blocks/${ada.user.id}`, { method: 'PUT', token: carla.token })
  const blocked = { to: carla.user.id, content: 'hello?' }
  await expect(t, 'blocked', 'POST /messages', { token, body: blocked })
  const keyed = { token, headers: { 'idempotency-key': 'k' } }
  await send('/messages', {
    method: 'POST',
    ...keyed,
    body: JSON.stringify({ to: bob.user.id, content: 'one' }),
  })
  const other = { to: bob.user.id, content: 'another' }
  await expect(t, 'idempotency_key_reused', 'POST /messages', { ...keyed, body: other })
  const change = { currentPassword: password, newPassword: 'other words entirely' }
  const headers = { 'if-match': 'W/"1"' }
  await expect(t, 'version_mismatch', 'PUT /users/me/password', { token, body: change, headers })
})

t.test('One of two changes to the same version is rejected', async (t) => {
  const dora = await arrive('dora')
  const change = (newPassword: string, url: string) =>
    client(dora.token, url).PUT('/users/me/password', {
      body: { currentPassword: password, newPassword },
    })
  // Both have decided on a version before the lock lets one of them append.
  await owner.query('begin; lock table log.password_changed_2 in share mode')
  const changes = [
    change('these words first', server.url),
    change('those words first', await another()),
  ]
  await untilWaits(owner, 'log.password_changed_2', 2)
  await owner.query('commit')
  const answers = await Promise.all(changes)
  t.same(answers.map(({ response }) => response.status).sort(), [204, 409])
  t.ok(answers.some(({ error }) => error?.code === 'version_conflict'))
  seen.add('version_conflict')
})

t.test('An unknown token changes no password', async (t) => {
  const body = { token: 'none', newPassword: 'other words entirely' }
  await expect(t, 'invalid_token', 'POST /password-resets/confirm', { body })
})

t.test('A constraint without a problem code is a conflict', async (t) => {
  await owner.query(`alter table read.messages_10 add check (content <> 'unspeakable')`)
  const body = { to: bob.user.id, content: 'unspeakable' }
  await expect(t, 'conflict', 'POST /messages', { token, body })
})

t.test('Logins beyond the queue are rejected at once', async (t) => {
  const narrow = await served(t, {
    HASH_CONCURRENCY: '1',
    HASH_QUEUE: '0',
    ARGON2_MEMORY_KIB: '65536', // about a second, enough for the others to arrive
    ARGON2_PASSES: '16',
  })
  const login = { method: 'POST', body: JSON.stringify({ email: 'x@example.org', password }) }
  const answers = await Promise.all([1, 2, 3, 4].map(() => narrow.send('/sessions', login)))
  const codes = await Promise.all(
    answers.map(async (each) => ((await each.json()) as { code: string }).code),
  )
  t.same([...new Set(codes)].sort(), ['invalid_credentials', 'overloaded'])
  seen.add('overloaded')
})

t.test('Password guesses are rate limited and finally require a reset', async (t) => {
  const { send: via, owner } = await served(t, { RATE_LIMITS: 'on' })
  const guess = { via, body: { email: 'x@example.org', password } }
  for (let free = 0; free < 5; free += 1) {
    await expect(t, 'invalid_credentials', 'POST /sessions', guess)
  }
  await expect(t, 'too_many_requests', 'POST /sessions', guess)
  await owner.query(`update limits.counts set points = 100 where key like '%:passed'`)
  await expect(t, 'password_reset_required', 'POST /sessions', guess)
})

t.test('A position beyond the log is position_unknown', async (t) => {
  const headers = { 'Epistle-Position': '999999999' }
  await expect(t, 'position_unknown', 'GET /users/me', { token, headers })
})

t.test('An event of a later release is unknown_event', async (t) => {
  const releases = await copyReleases(t)
  const event = `user_locked_${releases.next}`
  await releases.add({
    [event]: `create table log.${event} (
        id uuid not null, user_id uuid not null, recorded_at timestamptz not null,
        position bigint constraint ${event}_pkey primary key);
      call log.event_table('${event}', aggregate => 'user', stream => 'user_id');`,
  })
  await installInto(databaseUrl, { directory: releases.directory })
  await owner.query(`insert into log.${event} (id, user_id) values ($1, $2)`, [
    randomUUID(),
    bob.user.id,
  ])
  const body = { currentPassword: password, newPassword: 'other words entirely' }
  await expect(t, 'unknown_event', 'PUT /users/me/password', { token: bob.token, body })
})

t.test('A server fault is internal', async (t) => {
  await owner.query('revoke select on read.messages_10 from epistle_service')
  await expect(t, 'internal', 'GET /messages', { token })
})

t.test('A server without its database is unavailable and not ready, and recovers', async (t) => {
  const name = new URL(databaseUrl).pathname.slice(1)
  const admin = await connect(t, process.env.EPISTLE_TEST_DATABASE_URL ?? '')
  await admin.query(`alter database ${name} allow_connections false`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
    name,
  ])
  await expect(t, 'unavailable', 'GET /users/me', { token })
  await expect(t, 'unavailable', 'GET /readyz')
  t.equal((await send('/livez')).status, 200, 'the process itself is alive')
  await admin.query(`alter database ${name} allow_connections true`)
  while ((await send('/readyz')).status !== 200) await pause(20)
  t.equal((await send('/users/me', { token })).status, 200, 'the server recovers by itself')
})

t.test('Every code of the catalogue was received', async (t) => {
  t.same([...seen].sort(), Object.keys(problems).sort())
})
