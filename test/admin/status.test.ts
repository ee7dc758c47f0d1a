// What GET /status shows of webhooks, of its own process, and of faults, and what the console makes of these. Each
// response is compared with openapi/admin.json.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { install } from '../../src/platform/read-models/install/install.ts'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { outcomeOf } from '../../src/web/console/browser/job-outcome.ts'
import { concernsOf } from '../../src/web/console/browser/rate.ts'
import { administered } from '../support/http/admin.ts'
import { idleWorker } from '../support/idle-worker.ts'
import { installedDatabase } from '../support/installed.ts'
import { sampleOf, scrape } from '../support/scrape.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']

const databaseUrl = await installedDatabase(t)
const config = { ADMIN_DATABASE_URL: databaseUrl }
const { call, act, url, owner, arrive } = await administered(t, config, databaseUrl)
const endWorker = await idleWorker(t, databaseUrl)
const ada = await arrive('ada')

t.test('GET /status shows how each webhook is doing, and no path of its URL', async (t) => {
  await owner.query(
    `insert into work.webhooks (name, url, personal, secret, position, attempts, failing_since, last_error)
     values ('crm', 'https://crm.example/token', false, 'whsec_1', 1, 2, '2026-01-02', 'no ada@example.org')`,
  )
  const { body } = await call<Schemas['Status']>('/status')
  const behind = String(BigInt(body.position) - 1n)
  t.match(body.webhooks, [
    { name: 'crm', origin: 'https://crm.example', state: 'failing', position: '1', behind },
  ])
  t.match(body.webhooks, [{ failingSince: /^2026-01-0\d.*Z$/, reason: 'no <address>' }])
  t.notMatch(JSON.stringify(body), /crm.example\/|whsec/)
  await owner.query('delete from work.webhooks')
})

t.test('GET /status shows the batches and appends of its own process, by its name', async (t) => {
  const { body: before } = await call<Schemas['Status']>('/status')
  await ada.client.POST('/messages', { body: { to: ada.user.id, content: 'one' } })
  const { body } = await call<Schemas['Status']>('/status')
  t.equal(body.process.name, body.readers[0]?.name)
  const { appends } = body.process
  t.ok(appends.calls > before.process.appends.calls)
  t.ok((appends.batchSize ?? 0) >= 1)
  t.ok((appends.p99Seconds ?? 0) > 0)
})

/** The sentences of the console about the status now. */
async function concerns(): Promise<string[]> {
  return concernsOf((await call<Schemas['Status']>('/status')).body)
}

t.test('The console has no concern about a service in which all is well', async (t) => {
  t.strictSame(await concerns(), [])
})

t.test('The console says why the process is not ready, as /readyz does', async (t) => {
  const { rows } = await owner.query('select current_database() as name')
  const database = owner.escapeIdentifier(rows[0].name)
  await owner.query(`alter database ${database} set default_transaction_read_only = on`)
  const { status, body } = await call<{ detail: string }>('/readyz')
  const { body: shown } = await call<Schemas['Status']>('/status')
  await owner.query(`alter database ${database} reset default_transaction_read_only`)
  t.equal(status, 503)
  t.match(shown.ready, `${body.detail} The reason: default_transaction_read_only is on`)
  t.strictSame(concernsOf(shown), [`${shown.process.name} is not ready. ${shown.ready}`])
  // A session that began in between stays read-only, and is closed when it is found.
  await until('it accepts writes again', async () => (await concerns()).length === 0)
})

t.test('The console names a read table that a session has dropped', async (t) => {
  const missing = 'receipts_4 is missing. Run epistle install, which restores it.'
  await owner.query('drop table read.receipts_4 cascade')
  t.strictSame(await concerns(), [missing])
  const { body } = await call<Schemas['TableDetails']>('/tables/receipts_4')
  t.equal(body.table.isMissing, true)
  const samples = await scrape(url)
  const stateOf = (state: string) =>
    sampleOf(samples, 'epistle_read_table_state', { table: 'receipts_4', state })
  t.equal(stateOf('missing'), 1)
  t.equal(stateOf('live'), undefined)
  await install({ client: owner, directory: dbDirectory, say: () => undefined })
  t.strictSame(await concerns(), [])
})

/** Verifies users_2, and returns how a list of jobs describes the result. */
async function verify(): Promise<string> {
  const { body } = await act<Schemas['Job']>('POST', '/verifications', { tables: ['users_2'] })
  let job = body
  await until('the verification has ended', async () => {
    job = (await call<Schemas['Job']>(`/jobs/${body.id}`)).body
    return job.state !== 'running'
  })
  return outcomeOf(job)
}

t.test('The console and lists of jobs say that a verify found a disabled trigger', async (t) => {
  const deviations = async () => sampleOf(await scrape(url), 'epistle_deviations')
  t.equal(await deviations(), 0, 'before the first verify')
  await owner.query('alter table log.message_sent_3 disable trigger "00_append_only"')
  const found = '1 part of a table is not as installed.'
  t.equal(await verify(), `Done. No row differs in 1 table. ${found}`)
  t.strictSame(await concerns(), [
    `${found} Run epistle install, which repairs it, then verify again.`,
  ])
  t.equal(await deviations(), 1)
  await install({ client: owner, directory: dbDirectory, say: () => undefined })
  t.equal(await verify(), 'Done. No row differs in 1 table.')
  t.strictSame(await concerns(), [])
  t.equal(await deviations(), 0)
})

t.test(
  'The console says that a build is not finished, but not while an install runs',
  async (t) => {
    await owner.query(
      `insert into read.tables (name, release, state, position, file, sha256)
     values ('later_99', 0, 'building', 2, '', '')`,
    )
    await owner.query('select pg_advisory_lock(17744, 1)')
    t.strictSame(await concerns(), [])
    await owner.query('select pg_advisory_unlock(17744, 1)')
    t.strictSame(await concerns(), [
      'The build of later_99 is not finished, and no install is running. Run epistle install again.',
    ])
    await owner.query(`delete from read.tables where name = 'later_99'`)
  },
)

t.test('The console says that appends wait, and that they have waited', async (t) => {
  await owner.query('select pg_advisory_lock(17744, 0)')
  const sending = ada.client.POST('/messages', { body: { to: ada.user.id, content: 'two' } })
  const waits = async () => (await concerns()).some((each) => /waited for \d+ sec/.test(each))
  await until('the append has waited for long', waits)
  await owner.query('select pg_advisory_unlock(17744, 0)')
  await sending
  t.match(await concerns(), [/^Appends of epistle serve .* took up to [\d.]+ s\. /])
})

t.test(
  'The console says at once that no worker is running for the tasks that are due',
  async (t) => {
    await endWorker()
    await until('the lease of the worker is gone', async () => {
      return (await call<Schemas['Status']>('/status')).body.readers.length === 1
    })
    // The figures of appends are those of the last minute, so the wait of the test before is there, too.
    const sentence = 'Tasks are due, but no worker is running. Run epistle work.'
    t.ok((await concerns()).includes(sentence))
    await idleWorker(t, databaseUrl)
    t.notOk((await concerns()).includes(sentence))
  },
)
