// Streams survive lost notifications, lost connections, an unavailable database and a restarted server.
// They contain no events while their server has lost its leases.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { liveUpdateRoutes } from '../../../src/features/live-updates/routes.ts'
import { createNotifications } from '../../../src/platform/postgres/notifications.ts'
import { Sockets } from '../../../src/platform/postgres/sockets.ts'
import { serve } from '../../../src/serve.ts'
import { openDomain } from '../../support/domain.ts'
import { bareApp, listen, readableLog } from '../../support/http/bare-app.ts'
import { served } from '../../support/http/served.ts'
import { connect } from '../../support/installed.ts'
import { type Frame, follow } from '../../support/live-updates/reader.ts'
import { until } from '../../support/until.ts'

const isReady = ({ event }: Frame) => event === 'ready'
const contains = (content: string) => (frame: Frame) => frame.data.content === content

t.test('A lost notification loses no message', async (t) => {
  const { server, arrive, owner } = await served(t)
  const ada = await arrive('ada')
  for (const name of [
    'log.guard_headers',
    'log.append_message_sent_3',
    'log.append1_message_sent_3',
  ]) {
    const { rows } = await owner.query('select pg_get_functiondef($1::regproc) as text', [name])
    await owner.query(rows[0].text.replace(/(?:perform|v_void :=) pg_notify.*;/, ''))
  }
  const reader = await follow(t, server.url, ada.token)
  await reader.until(isReady)
  const heard: unknown[] = []
  owner.on('notification', (notification) => heard.push(notification))
  await owner.query('listen epistle_log')
  await ada.client.POST('/messages', { body: { to: ada.user.id, content: 'unheard' } })
  await reader.until(contains('unheard'))
  await owner.query('select')
  t.strictSame(heard, [], 'no notification was sent')
})

t.test('Streams survive an unavailable database without gaps or duplicates', async (t) => {
  const { server, arrive, databaseUrl, owner } = await served(t, { LOG_LEVEL: 'silent' })
  const [ada, bob] = [await arrive('ada'), await arrive('bob')]
  const readers = await Promise.all([ada, bob].map(({ token }) => follow(t, server.url, token)))
  const say = async (content: string) => {
    const sent = await ada.client.POST('/messages', { body: { to: bob.user.id, content } })
    return sent.response.status === 201
  }
  await say('before')
  const admin = await connect(t, process.env.EPISTLE_TEST_DATABASE_URL ?? '')
  const database = new URL(databaseUrl).pathname.slice(1)
  await admin.query(`alter database ${database} with allow_connections false`)
  await owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
   where datname = current_database() and pid <> pg_backend_pid()`,
  )
  // No server is connected yet, so none receives the notification.
  await owner.query(
    `insert into log.message_sent_3 (id, src_id, dst_id, content)
   values (gen_random_uuid(), $1, $2, 'meanwhile')`,
    [ada.user.id, bob.user.id],
  )
  await admin.query(`alter database ${database} with allow_connections true`)
  await until('the server is connected again', () => say('after'))
  for (const reader of readers) {
    await reader.until(contains('after'))
    t.strictSame(
      reader.frames.slice(1).map(({ data }) => data.content),
      ['before', 'meanwhile', 'after'],
    )
  }
})

t.test('A stream resumes after its server was restarted', async (t) => {
  const { server, arrive, databaseUrl } = await served(t)
  const ada = await arrive('ada')
  const reader = await follow(t, server.url, ada.token)
  const { id } = await reader.until(isReady)
  await ada.client.POST('/messages', { body: { to: ada.user.id, content: 'last words' } })
  await server.close()
  t.equal(await reader.ended, true)
  const { log } = readableLog('silent')
  const config = loadConfig({ PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1' })
  const next = await serve({ config, databaseUrl, log })
  t.teardown(() => next.close())
  const resumed = await follow(t, next.url, ada.token, reader.frames.at(-1)?.id ?? id)
  const again = await follow(t, next.url, ada.token, id)
  await again.until(contains('last words'))
  t.strictSame(
    [...reader.frames, ...resumed.frames].filter(contains('last words')).length,
    1,
    'received once, before or after the restart',
  )
})

/** Only the route of the stream, so that a test controls leases and times. */
async function openStream(t: Parameters<typeof openDomain>[0], options: object = {}) {
  const domain = await openDomain(t)
  const leases = { held: true, lostAfterNextCheck: false }
  /** The leases can be lost between the check and the query. */
  const mayRead = () => {
    const { held } = leases
    if (leases.lostAfterNextCheck) leases.held = leases.lostAfterNextCheck = false
    return held
  }
  const { app } = await bareApp(
    t,
    (app) =>
      liveUpdateRoutes(app, {
        pool: domain.pool,
        notifications: createNotifications({
          databaseUrl: domain.url,
          channel: 'epistle_log',
          sockets: new Sockets(),
          onTrouble: () => undefined,
        }),
        mayRead,
        ...options,
      }),
    { findSession: domain.findSession },
  )
  const user = await domain.register('ada')
  const { token } = await domain.logIn(user.email)
  const owner = await connect(t, domain.url)
  const say = (content: string) =>
    owner.query(
      `insert into log.message_sent_3 (id, src_id, dst_id, content)
       values (gen_random_uuid(), $1, $1, $2)`,
      [user.id, content],
    )
  return { url: `http://127.0.0.1:${await listen(app)}`, token, say, leases, owner }
}

t.test('A server without its leases sends nothing, and afterwards sends everything', async (t) => {
  const { url, token, say, leases } = await openStream(t)
  const reader = await follow(t, url, token)
  await say('one')
  await reader.until(contains('one'))
  leases.held = false
  await say('two')
  await pause(700) // longer than the interval of polling without a notification
  t.notOk(reader.frames.some(contains('two')))
  leases.held = true
  await reader.until(contains('two'))
  t.equal(reader.frames.length, 3)
})

t.test('Rows that were read while the leases were lost are not sent', async (t) => {
  const { url, token, say, leases } = await openStream(t)
  const reader = await follow(t, url, token)
  const { id } = await reader.until(isReady)
  leases.lostAfterNextCheck = true
  await say('live')
  await until('the leases are lost after a check', async () => !leases.held)
  await pause(700)
  t.equal(reader.frames.length, 1, 'the hub sends nothing')
  leases.held = true
  await reader.until(contains('live'))
  await say('missed')
  await reader.until(contains('missed'))

  leases.lostAfterNextCheck = true
  const late = await follow(t, url, token, id)
  await pause(700)
  t.equal(late.frames.length, 0, 'a catch-up sends nothing either')
  leases.held = true
  await late.until(contains('missed'))
  t.equal(reader.frames.length, 3)
  t.equal(late.frames.length, 2)
})

t.test('An idle stream gets a comment line at each heartbeat', async (t) => {
  const { url, token, say } = await openStream(t, { heartbeatMs: 10 })
  const reader = await follow(t, url, token)
  await until('three comments came', async () => (reader.text().match(/^:\n\n/gm) ?? []).length > 2)
  await say('something')
  await reader.until(contains('something'))
  t.equal(reader.frames.length, 2, 'a comment line is not a frame')
})

t.test('A stream without room is rejected until another one ends', async (t) => {
  const { url, token } = await openStream(t, { maxStreams: 1 })
  const first = await follow(t, url, token)
  const second = await follow(t, url, token)
  t.equal(second.response.status, 429)
  t.ok(second.response.headers.has('retry-after'))
  first.leave()
  const headers = { authorization: `Bearer ${token}` }
  const stop = new AbortController()
  await until('a closed stream makes room', async () => {
    const { status } = await fetch(`${url}/stream`, { headers, signal: stop.signal })
    return status === 200
  })
  stop.abort()
  t.pass('a closed stream makes room')
})

t.test('A server without streams has no connection that follows the log', async (t) => {
  const { url, token, owner } = await openStream(t)
  const following = async () => {
    const sql = `select from pg_stat_activity where datname = current_database() and application_name like '%following epistle_log'`
    return (await owner.query(sql)).rowCount
  }
  t.equal(await following(), 0, 'it is not open before the first stream')
  const readers = await Promise.all([1, 2].map(() => follow(t, url, token)))
  await until('it is open', async () => (await following()) === 1)
  for (const reader of readers) reader.leave()
  await until('it is closed', async () => (await following()) === 0)
  const again = await follow(t, url, token)
  await again.until(isReady)
  await until('it is open again', async () => (await following()) === 1)
  t.pass('one connection serves all streams')
})
