// serve(): the databases and settings with which it refuses to start, the settings of the database it does not
// depend on, when it is ready, and how it stops.
import { once } from 'node:events'
import { connect as connectSocket, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { createEpistleClient } from '../openapi/client.ts'
import { loadConfig } from '../src/config.ts'
import { NotLiveError } from '../src/platform/read-models/serve/leases.ts'
import { serve } from '../src/serve.ts'
import { ServeError } from '../src/service-pool.ts'
import { freshDatabase } from './support/database.ts'
import { setHostileDefaults } from './support/hostile-settings.ts'
import { readableLog } from './support/http/bare-app.ts'
import { readUntil } from './support/http/raw.ts'
import { password, served } from './support/http/served.ts'
import { connect, installedDatabase } from './support/installed.ts'
import { untilWaits } from './support/read-models/blocked-sessions.ts'

const { log } = readableLog('silent')

/** The error message with which the server refuses to start. */
async function refusal(databaseUrl: string, env: Record<string, string> = {}): Promise<string> {
  const config = loadConfig({ PORT: '0', ...env })
  const error = await serve({ config, databaseUrl, log }).then(
    async (server) => {
      await server.close()
      return new Error('the server started')
    },
    (error: unknown) => error,
  )
  if (error instanceof ServeError || error instanceof NotLiveError) return error.message
  throw error
}

/** Drops a role of this file, after the databases in which it owns nothing. */
async function dropRole(name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: process.env.EPISTLE_TEST_DATABASE_URL })
  await admin.connect()
  await admin.query(`drop role ${name}`)
  await admin.end()
}

t.test('serve works under the service role, whatever login the URL names', async (t) => {
  const { databaseUrl, owner } = await served(t, { DATABASE_POOL_SIZE: '1' })
  const { rows } = await owner.query(
    `select usename, application_name from pg_stat_activity
     where datname = $1 and application_name = 'epistle'`,
    [new URL(databaseUrl).pathname.slice(1)],
  )
  t.equal(rows.length, 3, 'for queries, for session look-ups and for the writer')
  for (const { usename } of rows) t.equal(usename, new URL(databaseUrl).username, 'the owner')
  const pool = new pg.Pool({ connectionString: databaseUrl, options: '-c role=epistle_service' })
  const forbidden = pool.query('delete from read.users_2')
  await t.rejects(forbidden, { code: '42501' }, 'the service role cannot write to read tables')
  await pool.end()
})

t.test('The settings of serve override the options of the URL', async (t) => {
  const url = new URL(await installedDatabase(t))
  url.searchParams.set('options', '-c role=none -c work_mem=5MB')
  const server = await serve({ config: loadConfig({ PORT: '0' }), databaseUrl: url.href, log })
  t.equal((await fetch(`${server.url}/readyz`)).status, 200)
  await server.close()
})

t.test('serve refuses a database without an installation', async (t) => {
  t.match(await refusal(await freshDatabase(t)), /nothing is installed.*epistle install/)
})

t.test('serve refuses a database without the table of counts', async (t) => {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  await owner.query('drop table limits.counts')
  t.match(await refusal(url), /tables that this one needs are missing.*epistle install/)
})

t.test('serve refuses to start while a read table is not live, and names the table', async (t) => {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  await owner.query(`update read.tables set state = 'building' where name = 'messages_10'`)
  t.match(await refusal(url), /messages_10.* is building, not live; run `epistle install`/)
  await owner.query(`delete from read.tables where name = 'messages_10'`)
  t.match(await refusal(url), /messages_10.* is gone, not live/)
})

t.test('serve does not depend on any default setting of the database', async (t) => {
  const { databaseUrl, owner } = await served(t)
  await setHostileDefaults(owner)
  const server = await serve({ config: loadConfig({ PORT: '0' }), databaseUrl, log })
  t.teardown(() => server.close())
  t.equal((await fetch(`${server.url}/readyz`)).status, 200)
  const epistle = createEpistleClient({ baseUrl: server.url })
  const email = 'zoe@example.org'
  const { data } = await epistle.POST('/users', { body: { email, username: 'zoe', password } })
  t.match(data, { registeredAt: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ })
  const login = await epistle.POST('/sessions', { body: { email, password } })
  t.same(login.data?.user, data)
})

t.test('serve refuses a database that accepts no writes', async (t) => {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  const name = new URL(url).pathname.slice(1)
  await owner.query(`alter database ${name} set default_transaction_read_only = true`)
  t.match(await refusal(url), /default_transaction_read_only is on .*alter database/)
})

t.test('Reads share the connections that a limit of the role leaves', async (t) => {
  const { databaseUrl, owner, arrive } = await served(t)
  const { token } = await arrive('ada')
  const url = new URL(databaseUrl)
  const name = `limited_${process.pid}`
  url.username = name
  url.password = 'x'
  // One for writing, one for sessions, one for the leases, and two for reading.
  await owner.query(
    `create role ${name} login password 'x' connection limit 5 in role epistle_service`,
  )
  t.teardown(() => dropRole(name))
  const server = await serve({ config: loadConfig({ PORT: '0' }), databaseUrl: url.href, log })
  t.teardown(() => server.close())
  const client = createEpistleClient({ baseUrl: server.url, token })
  const answers = await Promise.all(
    Array.from({ length: 30 }, () =>
      client.GET('/messages', { params: { query: { box: 'inbox' } } }),
    ),
  )
  t.same([...new Set(answers.map(({ response }) => response.status))], [200])
})

t.test('serve refuses a service role with write access to a read table', async (t) => {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  await owner.query('grant insert on read.users_2 to epistle_service')
  t.match(await refusal(url), /has write access to read\.users_2.*revoke/)
})

t.test('serve refuses a login that is not a member of the service role', async (t) => {
  const url = new URL(await installedDatabase(t))
  const owner = await connect(t, url.href)
  const name = `stranger_${process.pid}`
  await owner.query(`create role ${name} login password 'x'`)
  t.teardown(() => dropRole(name))
  url.username = name
  url.password = 'x'
  t.match(
    await refusal(url.href),
    /epistle_service does not exist, or this login is not a member of it/,
  )
})

t.test('serve reports an unreachable database without printing the password', async (t) => {
  const message = await refusal('postgres://ada:open-sesame@127.0.0.1:1/epistle')
  t.match(message, /cannot use the database.*ECONNREFUSED.*DATABASE_URL/)
  t.notMatch(message, 'open-sesame')
})

t.test('A server logs when it starts, is ready, begins to stop and has stopped', async (t) => {
  const { log, lines } = readableLog('info')
  const config = loadConfig({ PORT: '0' })
  const server = await serve({ config, databaseUrl: await installedDatabase(t), log })
  for (const path of ['livez', 'readyz', 'docs/static/index.css']) {
    await fetch(`${server.url}/${path}`)
  }
  await server.close()
  const expected = [
    { msg: 'the server is starting', version: /^\d/ },
    { msg: `listening on ${server.url}` },
    { msg: 'the server is ready', url: server.url },
    { msg: 'the server begins to stop' },
    { msg: 'the server has stopped' },
  ]
  const said = lines.map((line) => JSON.parse(line))
  t.match(said, expected)
  t.equal(said.length, expected.length, 'health checks and files of /docs are not logged at info')
})

t.test('serve refuses a port that is in use', async (t) => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const message = await refusal(await installedDatabase(t), { PORT: String(port) })
  t.match(message, new RegExp(`port ${port} of 127.0.0.1: the port is already in use`))
  other.close()
})

t.test(
  'A stopping server finishes running requests and does not wait for idle connections',
  async (t) => {
    const { server, owner, send } = await served(t, { SHUTDOWN_SECONDS: '600' })
    const { hostname, port } = new URL(server.url)
    const idle = connectSocket(Number(port), hostname)
    const fresh = connectSocket(Number(port), hostname)
    await Promise.all([once(idle, 'connect'), once(fresh, 'connect')])
    idle.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    await readUntil(idle, /alive/)

    await owner.query('begin; lock table log.user_registered_1 in share mode')
    const body = JSON.stringify({ email: 'late@example.org', username: 'late', password })
    const running = send('/users', { method: 'POST', body })
    await untilWaits(owner, 'log.user_registered_1')

    // An idle connection that delayed the stop would delay it for SHUTDOWN_SECONDS and time the test out.
    const closed = server.close()
    await pause(100)
    await t.rejects(fetch(`${server.url}/livez`), 'new connections are refused')
    await owner.query('commit')
    t.equal((await running).status, 201, 'the running request finishes')
    await closed
    t.equal(server.close(), server.close(), 'a second close returns the same promise')
    idle.destroy()
    fresh.destroy()
  },
)

t.test('A stopping server drops a request that runs longer than SHUTDOWN_SECONDS', async (t) => {
  const { server, owner, send } = await served(t, { SHUTDOWN_SECONDS: '1' })
  await owner.query('begin; lock table log.user_registered_1 in share mode')
  const body = JSON.stringify({ email: 'late@example.org', username: 'late', password })
  const running = send('/users', { method: 'POST', body })
  running.catch(() => undefined)
  await pause(300)
  const closed = server.close()
  await t.rejects(running)
  await owner.query('commit')
  await closed
})
