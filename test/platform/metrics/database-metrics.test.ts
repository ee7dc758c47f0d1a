// Metrics that are read from the database: read tables, tasks and webhooks, and what a busy or silent database does to them.
import t from 'tap'
import { rebuild } from '../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../../src/platform/read-models/releases/releases.ts'
import { byOperator } from '../../../src/platform/webhooks/endpoints.ts'
import { served } from '../../support/http/served.ts'
import { untilWaits } from '../../support/read-models/blocked-sessions.ts'
import { sampleOf, scrape } from '../../support/scrape.ts'

const { server, owner, arrive } = await served(t, { ADMIN_PORT: '0', DATABASE_POOL_SIZE: '1' })
const ada = await arrive('ada')
const read = () => scrape(server.adminUrl)

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

t.test(
  'The metrics of the database do not wait for the queries of users and operators',
  async (t) => {
    await owner.query('begin; lock table read.users_2 in access exclusive mode')
    const waiting = [
      ada.client.GET('/users/{id}', { params: { path: { id: ada.user.id } } }),
      fetch(`${server.adminUrl}/users?search=ada`),
      fetch(`${server.adminUrl}/users?search=eve`),
    ]
    await untilWaits(owner, 'read.users_2', 3)
    const samples = await read()
    await owner.query('rollback')
    await Promise.all(waiting)
    t.equal(sampleOf(samples, 'epistle_database_up'), 1)
  },
)

t.test('Without an answer of the database the other metrics are there', async (t) => {
  await owner.query('begin; lock table read.tables in access exclusive mode')
  const [samples = []] = await Promise.all([read(), read(), read()])
  await owner.query('rollback')
  t.equal(sampleOf(samples, 'epistle_database_up'), 0)
  t.equal(sampleOf(samples, 'epistle_read_table_state'), undefined, 'no old value')
  // As 0, they would be untrue: a graph would show a log that begins again.
  for (const name of ['log_position', 'append_lock_waiters', 'append_lock_oldest_wait_seconds']) {
    t.equal(sampleOf(samples, `epistle_${name}`), undefined, name)
  }
  t.ok(sampleOf(samples, 'epistle_append_results_total'))
  const waiters = { pool: 'metrics' }
  t.equal(sampleOf(samples, 'epistle_database_connection_waiters', waiters), 0, 'one read for all')
  const later = await read()
  t.equal(sampleOf(later, 'epistle_database_up'), 1)
  t.ok(sampleOf(later, 'epistle_log_position'))
})
