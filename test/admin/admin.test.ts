// The admin port of a server and a worker: what is open, what needs the token, and how it starts and stops.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { work } from '../../src/work.ts'
import { calls } from '../support/http/admin.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { exchange } from '../support/http/raw.ts'
import { password, served } from '../support/http/served.ts'
import { idOf } from '../support/ids.ts'
import { lastingFolder } from '../support/lasting-folder.ts'
import { untilWaits } from '../support/read-models/blocked-sessions.ts'
import { epistle } from '../support/service.ts'
import { until } from '../support/until.ts'

const token = 'a token that only operators have'
const ADMIN_TOKEN_SHA256 = createHash('sha256').update(token).digest('hex')
const bearer = { authorization: `Bearer ${token}` }

t.test(
  'The admin port has metrics, statistics and health checks; the public one has no more',
  async (t) => {
    const { server, send } = await served(t, { ADMIN_PORT: '0' })
    const admin = server.adminUrl ?? ''
    const metrics = await fetch(`${admin}/metrics`)
    t.equal(metrics.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    t.match(await metrics.text(), /^epistle_build_info\{version="[\d.]+",node="v[\d.]+"\} 1$/m)
    const statistics = await fetch(`${admin}/statistics?from=2026-11-01&to=2026-11-02`)
    t.match(await statistics.json(), { items: [{ day: '2026-11-01', messagesSent: 0 }, {}] })
    for (const path of ['/livez', '/readyz']) t.equal((await fetch(admin + path)).status, 200)
    for (const path of ['/metrics', '/statistics']) {
      t.match(await (await fetch(server.url + path)).json(), { status: 404 }, path)
    }
    t.equal((await send('/readyz')).status, 200)
  },
)

t.test('With a token, only health checks are open', async (t) => {
  const { server } = await served(t, { ADMIN_PORT: '0', ADMIN_TOKEN_SHA256 })
  for (const path of ['/livez', '/readyz']) {
    t.equal((await fetch(server.adminUrl + path)).status, 200, path)
  }
  for (const path of ['/metrics', '/statistics?from=2026-11-01&to=2026-11-02']) {
    for (const [headers, detail] of [
      [{}, /^Send `Authorization/],
      [{ authorization: token }, /^Send `Authorization/],
      [{ authorization: 'Bearer another' }, /^The token is wrong/],
      [{ authorization: `Bearer ${ADMIN_TOKEN_SHA256}` }, /send the token itself/],
    ] as const) {
      const answer = await fetch(server.adminUrl + path, { headers })
      t.match(await answer.clone().json(), { detail })
      t.equal(answer.status, 401, path)
      t.match(answer.headers.get('www-authenticate'), 'Bearer')
    }
    t.equal((await fetch(server.adminUrl + path, { headers: bearer })).status, 200, path)
  }
})

t.test(
  'Problems of the admin port are about its token and pages, not about sessions',
  async (t) => {
    const { server, send } = await served(t, { ADMIN_PORT: '0', ADMIN_TOKEN_SHA256 })
    const { call } = calls(server.adminUrl ?? '')
    const problemOf = async (headers: Record<string, string>) =>
      (await call<{ code: string; title: string; type: string }>('/status', { headers })).body
    const found = [
      await problemOf({}),
      await problemOf({ ...bearer, origin: 'http://evil.example' }),
    ]
    t.match(found, [
      { code: 'unauthenticated', title: 'A valid token is required' },
      { code: 'cross_site_request', title: 'The request comes from a page of another site' },
    ])
    const users = /session|cookie|log in|another user|password/i
    for (const code of ['not_found', 'too_large', 'too_many_requests']) {
      const page = await (await fetch(`${server.adminUrl}/problems/${code}`)).text()
      t.notMatch(page, users, code)
      t.notMatch(page, /message/, code)
    }
    for (const { type, title } of found) {
      const page = await (await fetch(server.adminUrl + type)).text()
      t.match(page, title)
      t.notMatch(page, users)
    }
    const { body } = await call<{ components: Record<string, object> }>('/openapi.json')
    for (const kind of ['responses', 'examples']) {
      t.notMatch(JSON.stringify(body.components[kind]), users)
    }
    t.match(await (await send('/users/me')).json(), { title: 'A valid session is required' })
  },
)

t.test(
  'Without a token, a page whose host name resolves to this machine reads nothing',
  async (t) => {
    const { server } = await served(t, { ADMIN_PORT: '0' })
    const { port } = new URL(server.adminUrl ?? '')
    const statusFor = (host: string) =>
      exchange(Number(port), `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    t.match(await statusFor('evil.example'), /^HTTP\/1\.1 404 /)
    for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]']) {
      t.match(await statusFor(host), /^HTTP\/1\.1 200 /, host)
    }
  },
)

t.test('Without a token, a request through a proxy is refused', async (t) => {
  const { server } = await served(t, { ADMIN_PORT: '0' })
  const another = await served(t, { ADMIN_PORT: '0', ADMIN_TOKEN_SHA256 })
  // It compares the responses with the document.
  const { call } = calls(server.adminUrl ?? '')
  const added = [
    ['x-forwarded-for', '192.0.2.1'],
    ['x-forwarded-host', 'admin.example'],
    ['x-forwarded-proto', 'https'],
    ['x-real-ip', '192.0.2.1'],
    ['forwarded', 'for=192.0.2.1'],
    ['via', '1.1 proxy'],
  ] as const
  for (const [name, value] of added) {
    for (const path of ['/status', '/metrics', '/events', '/console', '/openapi.json']) {
      const { body } = await call(path, { headers: { [name]: value } })
      t.match(body, { status: 404, detail: /ADMIN_TOKEN_SHA256/ }, name + path)
    }
    t.equal((await fetch(`${server.adminUrl}/readyz`, { headers: { [name]: value } })).status, 200)
    const headers = { ...bearer, [name]: value }
    t.equal((await fetch(`${another.server.adminUrl}/status`, { headers })).status, 200, name)
  }
})

t.test(
  'Requests that an open console repeats are logged at debug only, and changes at info',
  async (t) => {
    const { server, lines } = await served(t, { ADMIN_PORT: '0', LOG_LEVEL: 'info' })
    const { call, act } = calls(server.adminUrl ?? '')
    const before = lines.length
    const polled = [
      'status',
      'matrix',
      'tables',
      'tables/users_2',
      'events',
      'tasks',
      'jobs',
      'audit',
    ]
    const people = ['users?search=a', 'reports', 'statistics?from=2026-11-01&to=2026-11-02']
    for (const path of [...polled, ...people]) t.equal((await call(`/${path}`)).status, 200, path)
    t.equal((await call(`/streams/${idOf(1)}`)).status, 404)
    t.strictSame(lines.slice(before), [])
    await act('POST', '/tasks/drop', { all: true })
    const line = await until('the change is logged', async () => lines[before])
    t.match(JSON.parse(line), { method: 'POST', path: '/tasks/drop', status: 200 })
  },
)

t.test('The admin port of a worker has the same operations as that of a server', async (t) => {
  const { server, databaseUrl } = await served(t, { ADMIN_PORT: '0' })
  const config = loadConfig({ ADMIN_PORT: '0', MAIL_OUTBOX: lastingFolder(t) })
  const working = await work({ config, databaseUrl, log: readableLog('silent').log })
  t.teardown(() => working.close())
  const read = async (path: string, admin = working.adminUrl) => {
    const response = await fetch(admin + path)
    return { status: response.status, text: await response.text() }
  }
  const documents = [await read('/openapi.json'), await read('/openapi.json', server.adminUrl)]
  t.equal(documents[0]?.text, documents[1]?.text)
  for (const path of ['/livez', '/readyz', '/metrics', '/console', '/jobs', '/events', '/audit']) {
    t.equal((await read(path)).status, 200, path)
  }
  t.equal((await read('/statistics?from=2026-11-01&to=2026-11-02')).status, 200)
  t.equal((await read('/feed')).status, 401, 'it needs a token of its own')
  t.match((await read('/metrics')).text, /pool="operators"/)
  const { tables } = JSON.parse((await read('/status')).text)
  const reports = tables.find(({ name }: { name: string }) => name === 'reports_17')
  const worker = (name: string) => name.startsWith('epistle work, process')
  t.ok(reports.readBy.some(worker), 'it holds leases on what its port reads')
  await working.close()
  await t.rejects(fetch(`${working.adminUrl}/livez`))
})

t.test(
  'A worker without an admin port holds leases on the tables of its tasks alone',
  async (t) => {
    const { server, databaseUrl } = await served(t, { ADMIN_PORT: '0' })
    const config = loadConfig({ MAIL_OUTBOX: lastingFolder(t) })
    const working = await work({ config, databaseUrl, log: readableLog('silent').log })
    t.teardown(() => working.close())
    const response = await fetch(`${server.adminUrl}/tables`)
    const { readTables } = (await response.json()) as { readTables: { name: string; readBy: [] }[] }
    const readers = (table: string) => readTables.find(({ name }) => name === table)?.readBy.length
    t.strictSame([readers('users_2'), readers('reports_17')], [2, 1])
  },
)

t.test('A worker whose admin port is in use leaves nothing open', async (t) => {
  const { server, databaseUrl, owner } = await served(t, { ADMIN_PORT: '0' })
  const config = loadConfig({ ADMIN_PORT: new URL(server.adminUrl ?? '').port })
  const starting = work({ config, databaseUrl, log: readableLog('silent').log })
  await t.rejects(starting, { name: 'ServeError', message: /in use. Set ADMIN_PORT/ })
  const leases = `select from pg_stat_activity where application_name like 'epistle work%'
    and datname = current_database()`
  while (((await owner.query(leases)).rowCount ?? 0) > 0) await pause(10)
})

t.test('A process that runs both has one admin port', async (t) => {
  const { databaseUrl } = await served(t)
  const env = { DATABASE_URL: databaseUrl, ADMIN_PORT: '0', PORT: '0' }
  const service = epistle(t, ['start'], { env })
  await service.said(/ {2}Console +http:\/\/127.0.0.1:\d+\/console/)
  t.equal(service.stdout().match(/admin port on http/g)?.length, 1)
})

t.test('An admin port that is in use is refused with a sentence', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const refused = served(t, { ADMIN_PORT: String(port) })
  const message = new RegExp(`port ${port} of 127.0.0.1: .* in use. Set ADMIN_PORT or ADMIN_HOST`)
  await t.rejects(refused, { name: 'ServeError', message })
})

t.test('The admin port answers while the public one finishes its requests', async (t) => {
  const { server, owner, send } = await served(t, { ADMIN_PORT: '0', SHUTDOWN_SECONDS: '600' })
  await owner.query('begin; lock table log.user_registered_1 in share mode')
  const body = JSON.stringify({ email: 'late@example.org', username: 'late', password })
  const running = send('/users', { method: 'POST', body })
  await untilWaits(owner, 'log.user_registered_1')
  const closed = server.close()
  t.equal((await fetch(`${server.adminUrl}/readyz`)).status, 503, 'a stop has begun')
  t.equal((await fetch(`${server.adminUrl}/metrics`)).status, 200)
  await owner.query('commit')
  t.equal((await running).status, 201)
  await closed
  await t.rejects(fetch(`${server.adminUrl}/livez`))
})
