// The admin port of a server and a worker: what is open, what needs the token, and how it starts and stops.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { work } from '../../src/work.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { exchange } from '../support/http/raw.ts'
import { password, served } from '../support/http/served.ts'
import { epistle } from '../support/service.ts'

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
    for (const headers of [{}, { authorization: 'Bearer another' }, { authorization: token }]) {
      const answer = await fetch(server.adminUrl + path, { headers })
      t.equal(answer.status, 401, path)
      t.match(answer.headers.get('www-authenticate'), 'Bearer')
    }
    t.equal((await fetch(server.adminUrl + path, { headers: bearer })).status, 200, path)
  }
})

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

t.test('A worker has an admin port, without statistics', async (t) => {
  const { databaseUrl } = await served(t)
  const config = loadConfig({ ADMIN_PORT: '0' })
  const working = await work({ config, databaseUrl, log: readableLog('silent').log })
  t.teardown(() => working.close())
  const statusOf = async (path: string) => (await fetch(working.adminUrl + path)).status
  t.equal(await statusOf('/readyz'), 200)
  t.equal(await statusOf('/metrics'), 200)
  t.equal(await statusOf('/statistics?from=2026-11-01&to=2026-11-02'), 404)
  await working.close()
  await t.rejects(fetch(`${working.adminUrl}/livez`))
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
  const waiting = `select count(*)::int from pg_locks where not granted
    and relation = 'log.user_registered_1'::regclass`
  while ((await owner.query(waiting)).rows[0].count < 1) await pause(10)
  const closed = server.close()
  t.equal((await fetch(`${server.adminUrl}/readyz`)).status, 503, 'a stop has begun')
  t.equal((await fetch(`${server.adminUrl}/metrics`)).status, 200)
  await owner.query('commit')
  t.equal((await running).status, 201)
  await closed
  await t.rejects(fetch(`${server.adminUrl}/livez`))
})
