// What the metrics of a server and a worker count, and that no label has a user, an address or an id.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { work } from '../../../src/work.ts'
import { readableLog } from '../../support/http/bare-app.ts'
import { password, served } from '../../support/http/served.ts'
import { lastingFolder } from '../../support/lasting-folder.ts'
import { follow } from '../../support/live-updates/reader.ts'
import { readDocument, section } from '../../support/markdown.ts'
import { type Sample, sampleOf, scrape } from '../../support/scrape.ts'
import { until } from '../../support/until.ts'

const service = await served(t, { ADMIN_PORT: '0', RATE_LIMITS: 'on' })
const { server, databaseUrl, owner, send, arrive } = service
const ada = await arrive('ada')
const reader = await follow(t, server.url, ada.token)
await reader.until(({ event }) => event === 'ready')
const sent = await ada.client.POST('/messages', { body: { to: ada.user.id, content: 'one' } })
await reader.until(({ event }) => event === 'message_sent')
const read = () => scrape(server.adminUrl)

t.test('Requests are counted by the template of their route and by status', async (t) => {
  await ada.client.GET('/users/{id}', { params: { path: { id: ada.user.id } } })
  for (const path of ['/nowhere', '/no/where', '/docs/static/none.js']) {
    await fetch(server.url + path)
  }
  await fetch(`${server.url}/nowhere`, { method: 'DELETE' })
  const requests = 'epistle_http_request_duration_seconds_count'
  const none = { method: 'any', route: 'none', status: 404 }
  await until('the last is counted', async () => sampleOf(await read(), requests, none) === 4)
  const samples = await read()
  t.equal(sampleOf(samples, requests, { method: 'POST', route: '/messages', status: 201 }), 1)
  t.equal(sampleOf(samples, requests, { route: '/users/:id', status: 200 }), 1)
})

t.test('A stream has no duration, but a rejected request for one has', async (t) => {
  const bea = await arrive('bea')
  const stream = await follow(t, server.url, bea.token)
  await bea.client.DELETE('/sessions/current')
  t.equal(await stream.ended, true, 'the server ends it')
  t.equal((await fetch(`${server.url}/stream`)).status, 401)
  const requests = 'epistle_http_request_duration_seconds_count'
  const rejected = { method: 'GET', route: '/stream', status: 401 }
  await until('it is counted', async () => sampleOf(await read(), requests, rejected) === 1)
  t.equal(sampleOf(await read(), requests, { route: '/stream', status: 200 }), undefined)
})

t.test('Requests of the admin port have a metric of their own', async (t) => {
  const events = { headers: { accept: 'text/event-stream' } }
  for (const [path, init] of [
    ['/status'],
    ['/events/999999999'],
    ['/nowhere'],
    ['/feed', events],
  ] as const) {
    await (await fetch(server.adminUrl + path, init)).text()
  }
  const [requests, others] = ['admin', 'http'].map(
    (port) => `epistle_${port}_request_duration_seconds_count`,
  ) as [string, string]
  const counted = [
    { method: 'GET', route: '/status', status: 200 },
    { method: 'GET', route: '/events/:id', status: 404 },
    { method: 'GET', route: '/feed', status: 401 },
    { method: 'any', route: 'none', status: 404 },
  ]
  for (const labels of counted) {
    await until(
      `${labels.route} is counted`,
      async () => sampleOf(await read(), requests, labels) === 1,
    )
  }
  const samples = await read()
  t.ok(sampleOf(samples, requests, { route: '/metrics', status: 200 }))
  for (const route of ['/status', '/events/:id', '/feed', '/metrics']) {
    t.equal(sampleOf(samples, others, { route }), undefined, route)
  }
})

t.test('Problems and reached limits are counted by their code and name', async (t) => {
  const body = JSON.stringify({ email: 'ada@example.org', password: 'wrong words here' })
  while ((await send('/sessions', { method: 'POST', body })).status !== 429);
  await until('the limit is counted', async () => {
    const samples = await read()
    return (
      sampleOf(samples, 'epistle_limits_reached_total', { limit: 'passwords-account' }) === 1 &&
      sampleOf(samples, 'epistle_http_problems_total', { code: 'too_many_requests' }) === 1
    )
  })
  t.ok(sampleOf(await read(), 'epistle_http_problems_total', { code: 'invalid_credentials' }))
})

t.test('Appends, queries, hashes, streams and the log are measured', async (t) => {
  await ada.client.DELETE('/messages/{id}', { params: { path: { id: sent.data?.id ?? '' } } })
  const samples = await read()
  const positive = [
    ['epistle_append_results_total', { result: 'accepted' }],
    ['epistle_append_batch_requests_count', {}],
    ['epistle_append_queue_wait_seconds_count', {}],
    ['epistle_append_call_duration_seconds_count', { outcome: 'answered' }],
    ['epistle_password_hash_duration_seconds_count', { purpose: 'new' }],
    ['epistle_password_hash_duration_seconds_count', { purpose: 'check' }],
    ['epistle_stream_delay_seconds_count', {}],
    ['epistle_streams', {}],
    ['epistle_database_query_duration_seconds_count', { statement: 'findUsersById' }],
    ['epistle_database_query_duration_seconds_count', { statement: 'message_stream_5' }],
    ['epistle_database_query_duration_seconds_count', { statement: 'counts:rlflx-upsert' }],
    ['epistle_database_query_duration_seconds_count', { statement: 'limits.readSecret' }],
    ['epistle_database_connections', { pool: 'sessions' }],
    ['epistle_database_connections', { pool: 'writer', state: 'idle' }],
    ['epistle_database_connections', { pool: 'leases', state: 'busy' }],
    ['epistle_database_connections', { pool: 'notifications', state: 'busy' }],
    ['epistle_leases_held', {}],
    ['epistle_log_position', {}],
    ['epistle_read_table_state', { table: 'users_2', state: 'live' }],
    ['epistle_database_up', {}],
    ['epistle_ready', {}],
    ['nodejs_eventloop_lag_seconds', {}],
  ] as const
  for (const [name, labels] of positive) {
    const found = samples.filter(
      (each) => each.name === name && sampleOf([each], name, labels) !== undefined,
    )
    t.ok(
      found.some(({ value }) => value > 0) || name.includes('lag'),
      `${name} ${JSON.stringify(labels)}`,
    )
  }
  t.equal(sampleOf(samples, 'epistle_leases_missing'), 0)
  t.equal(sampleOf(samples, 'epistle_append_queue_requests'), 0)
})

t.test('The end of a stream is counted by its reason', async (t) => {
  reader.leave()
  const reason = 'client_left'
  const ends = async () => sampleOf(await read(), 'epistle_stream_ends_total', { reason })
  await until('the end is counted', async () => (await ends()) === 1)
  t.equal(sampleOf(await read(), 'epistle_streams'), 0)
})

t.test('A loss of the leases is counted once, by its reason', async (t) => {
  const missing = async () => sampleOf(await read(), 'epistle_leases_missing')
  // The server of the database says that it is a standby.
  await owner.query('set allow_system_table_mods = on')
  const say = (standby: boolean) =>
    owner.query(`create or replace function pg_catalog.pg_is_in_recovery() returns boolean
      language sql as 'select ${standby}'`)
  await say(true)
  await until('the leases are missing', async () => (await missing()) === 1)
  const connections = { pool: 'leases', state: 'busy' }
  t.equal(sampleOf(await read(), 'epistle_database_connections', connections), 0)
  t.equal(sampleOf(await read(), 'epistle_leases_held'), 0)
  await say(false)
  await until('they are held again', async () => (await missing()) === 0)
  t.equal(sampleOf(await read(), 'epistle_leases_lost_total', { reason: 'standby' }), 1)
  t.equal(sampleOf(await read(), 'epistle_leases_lost_total', { reason: 'connection' }), 0)
})

t.test('A worker counts its tasks and e-mails, and shows those that wait', async (t) => {
  t.ok(sampleOf(await read(), 'epistle_tasks', { state: 'waiting' }), 'a server shows them, too')
  const config = loadConfig({ ADMIN_PORT: '0', MAIL_OUTBOX: lastingFolder(t) })
  const working = await work({ config, databaseUrl, log: readableLog('silent').log })
  t.teardown(() => working.close())
  const name = 'epistle_task_duration_seconds_count'
  const queries = 'epistle_database_query_duration_seconds_count'
  await until('a task is done', async () => {
    const samples = await scrape(working.adminUrl)
    return (
      Boolean(sampleOf(samples, name, { process: 'welcome_8', outcome: 'done' })) &&
      Boolean(sampleOf(samples, 'epistle_append_call_duration_seconds_count')) &&
      Boolean(sampleOf(samples, queries, { statement: 'takeTask' })) &&
      Boolean(sampleOf(samples, 'epistle_mails_total', { outcome: 'written' }))
    )
  })
})

t.test('Connections of jobs and of replays count while they are open', async (t) => {
  const { server, owner } = await served(
    t,
    { ADMIN_PORT: '0', ADMIN_DATABASE_URL: databaseUrl },
    databaseUrl,
  )
  const open = async () => {
    const samples = await scrape(server.adminUrl)
    const busy = (pool: string) =>
      sampleOf(samples, 'epistle_database_connections', { pool, state: 'busy' })
    return [busy('jobs'), busy('replays')].join()
  }
  t.equal(await open(), '0,0')
  const { rows: last } = await owner.query('select max(position) as position from log.events')
  await owner.query('begin; lock table log.message_sent_3 in access exclusive mode')
  const headers = { 'Content-Type': 'application/json', 'Epistle-Actor': 'Zoe' }
  const body = JSON.stringify({ tables: ['messages_10'] })
  const job = await fetch(`${server.adminUrl}/verifications`, { method: 'POST', headers, body })
  t.equal(job.status, 202)
  await until('the job counts', async () => (await open()) === '1,0')
  const rows = fetch(`${server.adminUrl}/tables/messages_10/rows?at=${last[0].position}`)
  await until('the replay counts, too', async () => (await open()) === '1,1')
  await owner.query('rollback')
  t.equal((await rows).status, 200)
  await until('neither counts', async () => (await open()) === '0,0')
})

t.test('No label has a user, an address, a text or an id', async (t) => {
  const samples = await read()
  const secrets = [ada.user.id, ada.id, ada.token, ada.email, 'ada', password, 'one', '127.0.0.1']
  for (const { name, labels } of samples) {
    for (const [label, value] of Object.entries(labels)) {
      if (secrets.includes(value) || /[0-9a-f]{8}-|@|^\d+\.\d+\.\d+\.\d+$/.test(value)) {
        t.fail(`${name}: ${label} is ${value}`)
      }
    }
  }
  t.ok(samples.length > 100)
})

t.test('db/MONITORING.md lists every metric, and no other', async (t) => {
  const text = section(await readDocument('db/MONITORING.md'), 'Metrics')
  const documented = [...text.matchAll(/^\| `(epistle_\w+)/gm)].map(([, name]) => name)
  const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text()
  const names = [...metrics.matchAll(/^# TYPE (epistle_\w+)/gm)].map(([, name]) => name)
  t.strictSame([...documented].sort(), [...names].sort())
})

/** Prometheus reports each series of a name with the same labels. */
t.test('All samples of a metric have the same labels', async (t) => {
  const byName = Map.groupBy(await read(), ({ name }: Sample) => name)
  for (const [name, samples] of byName) {
    const sets = new Set(samples.map(({ labels }) => Object.keys(labels).sort().join()))
    if (name.startsWith('epistle_')) t.equal(sets.size, 1, name)
  }
})
