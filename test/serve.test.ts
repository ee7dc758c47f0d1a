// From a database and a configuration to a server that listens, and back: where it refuses to start,
// and how it stops.
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
import { readableLog } from './support/http/bare-app.ts'
import { readUntil } from './support/http/raw.ts'
import { password, served } from './support/http/served.ts'
import { connect, installedDatabase } from './support/installed.ts'

const { log } = readableLog('silent')

/** The sentence with which the server refuses to start. */
async function refusal(databaseUrl: string, env: Record<string, string> = {}): Promise<string> {
  const config = loadConfig({ PORT: '0', ...env })
  const error = await serve({ config, databaseUrl, log }).then(
    async (server) => {
      await server.close()
      return new Error('it started')
    },
    (error: unknown) => error,
  )
  if (error instanceof ServeError || error instanceof NotLiveError) return error.message
  throw error
}

t.test('it works under the service role, whoever the URL names', async (t) => {
  const { databaseUrl, owner } = await served(t, { DATABASE_POOL_SIZE: '1' })
  const { rows } = await owner.query(
    `select usename, application_name from pg_stat_activity
     where datname = $1 and application_name = 'epistle'`,
    [new URL(databaseUrl).pathname.slice(1)],
  )
  t.equal(rows.length, 2, 'one connection for queries, one for the writer')
  for (const { usename } of rows) t.equal(usename, new URL(databaseUrl).username, 'the owner')
  const pool = new pg.Pool({ connectionString: databaseUrl, options: '-c role=epistle_service' })
  const forbidden = pool.query('delete from read.users_2')
  await t.rejects(forbidden, { code: '42501' }, 'which under this role may not write')
  await pool.end()
})

t.test('options that the URL already has are kept, and ours come last', async (t) => {
  const url = new URL(await installedDatabase(t))
  url.searchParams.set('options', '-c role=none -c work_mem=5MB')
  const server = await serve({ config: loadConfig({ PORT: '0' }), databaseUrl: url.href, log })
  t.equal((await fetch(`${server.url}/readyz`)).status, 200)
  await server.close()
})

t.test('it refuses a database that has nothing installed', async (t) => {
  t.match(await refusal(await freshDatabase(t)), /nothing is installed.*epistle install/)
})

t.test('it refuses a database in which nothing can be counted', async (t) => {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  await owner.query('drop table limits.counts')
  t.match(await refusal(url), /limits\.counts is missing.*epistle install/)
})

t.test('it refuses a read table that is not live, and names it', async (t) => {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  await owner.query(`update read.tables set state = 'building' where name = 'messages_5'`)
  t.match(await refusal(url), /messages_5.* is building, not live; run `epistle install`/)
  await owner.query(`delete from read.tables where name = 'messages_5'`)
  t.match(await refusal(url), /messages_5.* is gone, not live/)
})

t.test('a database whose default is another isolation level is served all the same', async (t) => {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  const name = new URL(url).pathname.slice(1)
  await owner.query(`alter database ${name} set default_transaction_isolation = 'serializable'`)
  const config = loadConfig({ PORT: '0', LOG_LEVEL: 'silent' })
  const server = await serve({ config, databaseUrl: url, log })
  t.teardown(() => server.close())
  const body = JSON.stringify({ email: 'iso@example.org', username: 'iso', password })
  const headers = { 'content-type': 'application/json' }
  t.equal((await fetch(`${server.url}/users`, { method: 'POST', headers, body })).status, 201)
})

t.test('a database that writes its times another way is served all the same', async (t) => {
  const { databaseUrl, owner } = await served(t)
  const name = new URL(databaseUrl).pathname.slice(1)
  await owner.query(`alter database ${name} set datestyle = 'German, DMY'`)
  await owner.query(`alter database ${name} set timezone = 'Asia/Kathmandu'`)
  const config = loadConfig({ PORT: '0', LOG_LEVEL: 'silent' })
  const server = await serve({ config, databaseUrl, log })
  t.teardown(() => server.close())
  const epistle = createEpistleClient({ baseUrl: server.url })
  const email = 'zoe@example.org'
  const { data } = await epistle.POST('/users', { body: { email, username: 'zoe', password } })
  t.match(data?.registeredAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const login = await epistle.POST('/sessions', { body: { email, password } })
  t.same(login.data?.user, data)
})

t.test('it refuses rights that are not narrow', async (t) => {
  const url = await installedDatabase(t)
  const owner = await connect(t, url)
  await owner.query('grant insert on read.users_2 to epistle_service')
  t.match(await refusal(url), /may write read\.users_2.*revoke/)
})

t.test('it refuses a login that may not take the role', async (t) => {
  const url = new URL(await installedDatabase(t))
  const owner = await connect(t, url.href)
  const name = `stranger_${process.pid}`
  await owner.query(`create role ${name} login password 'x'`)
  t.teardown(async () => {
    const admin = new pg.Client({ connectionString: process.env.EPISTLE_TEST_DATABASE_URL })
    await admin.connect()
    await admin.query(`drop role ${name}`)
    await admin.end()
  })
  url.username = name
  url.password = 'x'
  t.match(await refusal(url.href), /epistle_service is missing, or this login may not take it/)
})

t.test(
  'it refuses a database that cannot be reached, without repeating its password',
  async (t) => {
    const message = await refusal('postgres://ada:open-sesame@127.0.0.1:1/epistle')
    t.match(message, /cannot be used.*ECONNREFUSED.*DATABASE_URL/)
    t.notMatch(message, 'open-sesame')
  },
)

t.test('it refuses a port that something else has', async (t) => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const message = await refusal(await installedDatabase(t), { PORT: String(port) })
  t.match(message, new RegExp(`port ${port} of 127.0.0.1: something else listens there`))
  other.close()
})

t.test('a read table that is taken away makes the server not ready', async (t) => {
  const { owner, send } = await served(t)
  await owner.query(`update read.tables set state = 'retiring' where name = 'sessions_2'`)
  const answer = await send('/readyz')
  t.equal(answer.status, 503)
  t.match(await answer.json(), { detail: /sessions_2/ })
})

t.test('a stop finishes what runs, and keep-alive connections do not delay it', async (t) => {
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
  const waiting = `select count(*)::int from pg_locks where not granted
    and relation = 'log.user_registered_1'::regclass`
  while ((await owner.query(waiting)).rows[0].count < 1) await pause(10)

  // Idle connections that held it up would do so for all of SHUTDOWN_SECONDS, and fail the file.
  const closed = server.close()
  await pause(100)
  await t.rejects(fetch(`${server.url}/livez`), 'nobody new is let in')
  await owner.query('commit')
  t.equal((await running).status, 201, 'what ran is finished')
  await closed
  t.equal(server.close(), server.close(), 'a second stop is the same one')
  idle.destroy()
  fresh.destroy()
})

t.test('a request that outlasts its time loses its connection', async (t) => {
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
