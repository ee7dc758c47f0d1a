// What the metrics of a server and a worker count, and that no label has a user, an address or an id.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { rebuild } from '../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../../src/platform/read-models/releases/releases.ts'
import { byOperator } from '../../../src/platform/webhooks/endpoints.ts'
import { work } from '../../../src/work.ts'
import { readableLog } from '../../support/http/bare-app.ts'
import { password, served } from '../../support/http/served.ts'
import { follow } from '../../support/live-updates/reader.ts'
import { readDocument, section } from '../../support/markdown.ts'
import { type Sample, sampleOf, scrape } from '../../support/scrape.ts'
import { until } from '../../support/until.ts'

const service = await served(t, { ADMIN_PORT: '0', RATE_LIMITS: 'on' })
const { server, databaseUrl, owner, send, arrive } = service
const ada = await arrive('ada')
const reader = await follow(t, server.url, ada.token)
await reader.until(({ event }) => event === 'ready')
await ada.client.POST('/messages', { body: { to: ada.user.id, content: 'one' } })
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
    ['epistle_database_connections', { pool: 'sessions' }],
    ['epistle_database_connections', { pool: 'writer', state: 'idle' }],
    ['epistle_database_connections', { pool: 'leases', state: 'busy' }],
    ['epistle_database_connections', { pool: 'notifications', state: 'busy' }],
    ['epistle_leases_held', {}],
    ['epistle_log_position', {}],
    ['epistle_read_table_state', { table: 'users_2', state: 'live' }],
    ['epistle_database_up', {}],
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

t.test('A read table shows when it was last verified, and what was found', async (t) => {
  const table = 'users_2'
  const name = 'epistle_read_table_verified_timestamp_seconds'
  t.equal(sampleOf(await read(), name, { table }), undefined, 'not verified yet')
  const differences = async () =>
    sampleOf(await read(), 'epistle_read_table_differences', { table })
  const began = Date.now() / 1000
  const say = () => undefined
  await verify(owner, dbDirectory, [table], say)
  t.equal(await differences(), 0)
  const first = sampleOf(await read(), name, { table }) ?? 0
  t.ok(first > began - 60 && first < began + 60)
  await owner.query(`update read.users_2 set username = 'eve' where id = $1`, [ada.user.id])
  await verify(owner, dbDirectory, [table], say)
  t.equal(await differences(), 1)
  t.ok((sampleOf(await read(), name, { table }) ?? 0) > first)
  await rebuild(owner, dbDirectory, table, say)
  t.equal(await differences(), 0, 'after a rebuild')
})

t.test('A worker counts its tasks and e-mails, and shows those that wait', async (t) => {
  t.ok(sampleOf(await read(), 'epistle_tasks', { state: 'waiting' }), 'a server shows them, too')
  const config = loadConfig({ ADMIN_PORT: '0', MAIL_OUTBOX: t.testdir() })
  const working = await work({ config, databaseUrl, log: readableLog('silent').log })
  t.teardown(() => working.close())
  const name = 'epistle_task_duration_seconds_count'
  await until('a task is done', async () => {
    const samples = await scrape(working.adminUrl)
    return (
      Boolean(sampleOf(samples, name, { process: 'welcome_8', outcome: 'done' })) &&
      Boolean(sampleOf(samples, 'epistle_append_call_duration_seconds_count')) &&
      Boolean(sampleOf(samples, 'epistle_mails_total', { outcome: 'written' }))
    )
  })
})

t.test('A task counts as waiting from the time that it is due', async (t) => {
  const process = 'later_0'
  const ofTask = async (name: string) => sampleOf(await read(), name, { process, state: 'waiting' })
  await owner.query(
    `insert into work.tasks (process, asked_at, due_at)
     values ($1, now() - interval '29 days', now() + interval '1 day')`,
    [process],
  )
  t.equal(await ofTask('epistle_tasks'), undefined, 'not before')
  await owner.query(
    `update work.tasks set due_at = now() - interval '5 seconds' where process = $1`,
    [process],
  )
  t.equal(await ofTask('epistle_tasks'), 1)
  const seconds = (await ofTask('epistle_task_oldest_seconds')) ?? 0
  t.ok(seconds >= 5 && seconds < 60, `waits for ${seconds} s`)
  await owner.query('delete from work.tasks where process = $1', [process])
})

t.test('A build shows its position and its target, the end of the log', async (t) => {
  await owner.query(
    `insert into read.tables (name, release, state, position, file, sha256)
     values ('later_99', 0, 'building', 2, '', '')`,
  )
  const samples = await read()
  const of = (name: string) =>
    sampleOf(samples, `epistle_read_table_build_${name}`, { table: 'later_99' })
  t.equal(of('position'), 2)
  t.equal(of('target_position'), sampleOf(samples, 'epistle_log_position'))
  await owner.query(`delete from read.tables where name = 'later_99'`)
})

t.test('Webhooks show their states, and how far behind they are', async (t) => {
  const add = `insert into work.webhooks
    (name, url, personal, secret, position, attempts, failing_since, disabled_at, disabled_because)
    values ($1, 'https://crm.example/', false, 'whsec_', 1, $2, $3, $4, $5)`
  await owner.query(add, ['fails', 2, new Date(Date.now() - 60_000), null, null])
  await owner.query(add, ['gone', 0, null, new Date(), 'the endpoint answered 410'])
  await owner.query(add, ['paused', 0, null, new Date(), byOperator])
  const samples = await read()
  for (const [webhook, state] of Object.entries({
    fails: 'failing',
    gone: 'disabled',
    paused: 'stopped',
  })) {
    t.equal(sampleOf(samples, 'epistle_webhook_state', { webhook, state }), 1)
  }
  const of = (name: string) => sampleOf(samples, name, { webhook: 'fails' }) ?? 0
  t.ok(of('epistle_webhook_failing_seconds') > 59)
  const last = sampleOf(samples, 'epistle_log_position') ?? 0
  t.equal(of('epistle_webhook_positions_behind'), last - 1)
  await owner.query('delete from work.webhooks')
})

t.test('Without an answer of the database the other metrics are there', async (t) => {
  await owner.query('begin; lock table read.tables in access exclusive mode')
  const samples = await read()
  await owner.query('rollback')
  t.equal(sampleOf(samples, 'epistle_database_up'), 0)
  t.equal(sampleOf(samples, 'epistle_read_table_state'), undefined, 'no old value')
  t.ok(sampleOf(samples, 'epistle_append_results_total'))
  t.equal(sampleOf(await read(), 'epistle_database_up'), 1)
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

t.test('db/OPERATIONS.md lists every metric, and no other', async (t) => {
  const text = section(await readDocument('db/OPERATIONS.md'), 'Monitoring')
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
