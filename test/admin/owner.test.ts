// The owner's jobs beyond one server: where they are absent, a server that dies or stops, and a wrong database.
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { inTime } from '../../src/platform/in-time.ts'
import { freshDatabase } from '../support/database.ts'
import { type Answer, administered, calls } from '../support/http/admin.ts'
import { adminPort } from '../support/http/conform.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { proxied } from '../support/proxy.ts'
import { epistle } from '../support/service.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']

const databaseUrl = await installedDatabase(t)
const { call, act, arrive, owner } = await administered(
  t,
  { ADMIN_DATABASE_URL: databaseUrl },
  databaseUrl,
)

const isWarning = ({ level }: { level: string }) => level === 'warn'

/** Waits until a job has ended. */
const ended = (id: string) =>
  until(`job ${id} ends`, async () => {
    const { status, body } = await call<Schemas['Job']>(`/jobs/${id}`)
    return status === 200 && body.state !== 'running' && body
  })

t.test('Every operation of the owner is absent where the owner is not configured', async (t) => {
  const config = { ADMIN_DATABASE_URL: '' }
  const without = await administered(t, config, databaseUrl)
  const { body } = await without.call<{ paths: Record<string, object> }>('/openapi.json')
  const owners = ['/verifications', '/rebuilds', '/demotions', '/retirements', '/erasures']
  for (const path of owners) {
    t.notOk(Object.hasOwn(body.paths, path), path)
    t.equal((await fetch(without.url + path, { method: 'POST' })).status, 404, path)
  }
  t.notOk(Object.hasOwn(body.paths['/jobs/{id}'] ?? {}, 'delete'))
  t.equal((await fetch(`${without.url}/jobs/1`, { method: 'DELETE' })).status, 405)
  t.ok(adminPort.operationIds.includes('startRebuild'))
  t.match((await without.call('/tables')).body, { ownersOperations: false })
  t.strictSame((await without.call<Schemas['TableDetails']>('/tables/users_2')).body.verbs, [])
  const { body: job } = await act<Schemas['Job']>('POST', '/verifications', { tables: ['users_2'] })
  await ended(job.id)
  const { body: jobs }: Answer<{ items: Schemas['Job'][] }> = await without.call('/jobs')
  t.strictSame(
    jobs.items.map(({ id, state }) => [id, state]),
    [[job.id, 'done']],
    'jobs of other servers are listed',
  )
})

t.test(
  'A job that dies with its server is lost, and one of a server that stops is stopped',
  async (t) => {
    const env = {
      DATABASE_URL: databaseUrl,
      ADMIN_DATABASE_URL: databaseUrl,
      ADMIN_PORT: '0',
      PORT: '0',
    }
    const blocker = await connect(t, databaseUrl)
    // The lock of verify and the like, so that the job waits.
    await blocker.query('select pg_advisory_lock(17744, 2)')
    for (const [signal, state] of [
      ['SIGKILL', 'lost'],
      ['SIGTERM', 'stopped'],
    ] as const) {
      const service = epistle(t, ['serve'], { env })
      const [, admin = ''] = await service.said(/admin port on (http:[^"\s]+)/)
      await service.said(/the server is ready/)
      const other = calls(admin)
      const { body } = await other.act<Schemas['Job']>('POST', '/verifications', {})
      await waits(body.id)
      t.match((await call<Schemas['Job']>(`/jobs/${body.id}`)).body, { state: 'running' })
      service.child.kill(signal)
      await once(service.child, 'close')
      const job = await ended(body.id)
      t.match(job, { state, endedAt: state === 'lost' ? null : String })
      const reason =
        state === 'lost'
          ? /^Its server or command died, .* Start the same job again\.$/
          : /stopped$/
      t.match(job.detail, reason)
    }
    await blocker.query('select pg_advisory_unlock(17744, 2)')
    const { body } = await act<Schemas['Job']>('POST', '/verifications', { tables: ['users_2'] })
    t.match(await ended(body.id), { state: 'done' }, 'it can run again')
  },
)

t.test('Of two erasures, one that asks for more than the first did is refused', async (t) => {
  const { user } = await arrive('ada')
  const blocker = await connect(t, databaseUrl)
  await blocker.query('select pg_advisory_lock(17744, 2)')
  const erase = async (messages: string) => {
    const body = { userId: user.id, messages }
    const { body: job } = await act<Schemas['Job']>('POST', '/erasures', body)
    await waits(job.id)
    return job.id
  }
  const [first, second, third] = [
    await erase('author'),
    await erase('content'),
    await erase('author'),
  ]
  await blocker.query('select pg_advisory_unlock(17744, 2)')
  t.match(await ended(first), { state: 'done', result: { outcome: 'erased' } })
  t.match(await ended(second), {
    state: 'refused',
    detail: /^the data were erased before, but the text of the messages stays/,
  })
  t.match(await ended(third), { state: 'done', result: { outcome: 'already_erased' } })
})

/** Resolves when a job has reported that it waits for a lock. */
async function waits(id: string): Promise<void> {
  await until(`job ${id} waits for a lock`, async () => {
    const { rows } = await owner.query('select from work.job_lines where act_id = $1', [id])
    return rows.length
  })
}

/** A server whose jobs wait for a lock, and reach the database by a network that can be silent. */
async function overNetwork(t: Test) {
  const blocker = await connect(t, databaseUrl)
  await blocker.query('select pg_advisory_lock(17744, 2)')
  const network = await proxied(t, databaseUrl)
  const service = await administered(t, { ADMIN_DATABASE_URL: network.url }, databaseUrl)
  const start = async () => {
    const { status, body } = await service.act<Schemas['Job']>('POST', '/verifications', {})
    t.equal(status, 202)
    return body.id
  }
  const unlock = () => blocker.query('select pg_advisory_unlock(17744, 2)')
  return { ...service, network, start, unlock }
}

t.test('A server stops although the connection of a job is silent', async (t) => {
  const { server, network, start } = await overNetwork(t)
  const id = await start()
  await waits(id)
  network.silence()
  await inTime(server.close(), 12_000)
  t.match(await ended(id), { state: 'stopped' })
})

t.test('Jobs with silent connections end when their server loses its leases', async (t) => {
  const { network, start, unlock, call } = await overNetwork(t)
  const silent = await Promise.all([start(), start(), start(), start()])
  await Promise.all(silent.map(waits))
  network.silence()
  await owner.query(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 17745
       and database = (select oid from pg_database where datname = current_database())`,
  )
  for (const id of silent) {
    t.match(await ended(id), { state: 'failed', detail: /^the connection .* was lost/ })
  }
  network.cut()
  await until('the leases are held again', async () => (await call('/readyz')).status === 200)
  const again = await Promise.all([start(), start(), start(), start()])
  await unlock()
  for (const id of again) t.match(await ended(id), { state: 'done' })
})

t.test('An owner of another database starts no job', async (t) => {
  const other = await installedDatabase(t)
  const wrong = await administered(t, { ADMIN_DATABASE_URL: other }, databaseUrl)
  const refused = await wrong.act<Schemas['Problem']>('POST', '/verifications', {})
  t.match(refused, { status: 503, body: { detail: /leads to another database/ } })
  const list = 'select act, outcome from work.acts left join work.act_results on act_id = id'
  const { rows } = await (await connect(t, other)).query(list)
  t.strictSame(rows, [{ act: 'verify', outcome: 'refused' }], 'its act there has ended')
})

t.test('A login that does not own the database starts no job, and the log says so', async (t) => {
  const name = `other_${process.pid}`
  await owner.query(`create role ${name} login password 'x' in role epistle_service`)
  const login = Object.assign(new URL(databaseUrl), { username: name, password: 'x' })
  const wrong = await administered(t, { ADMIN_DATABASE_URL: login.href }, databaseUrl)
  const reason =
    'No job can start with ADMIN_DATABASE_URL: its login does not own the database. Use the login of `epistle install`.'
  const warnings = () => wrong.lines.map((line) => JSON.parse(line)).filter(isWarning)
  await until('the warning is there', async () => warnings().length > 0)
  t.match(warnings(), [{ msg: reason }])
  const acts = async () => (await owner.query('select from work.acts')).rowCount
  const before = await acts()
  const { status, body } = await wrong.act<Schemas['Problem']>('POST', '/verifications', {})
  t.match({ status, body }, { status: 503, body: { detail: reason } })
  t.equal(await acts(), before)
  await wrong.server.close()
  await owner.query(`drop role ${name}`)
})

t.test(
  'An owner who cannot connect, or has no rights, is a reason that names the setting',
  async (t) => {
    const { host } = new URL(databaseUrl)
    const empty = await freshDatabase(t)
    const reasons = {
      'postgres://nobody_here@127.0.0.1:1/none': /ECONNREFUSED.*; check ADMIN_DATABASE_URL and/,
      [`postgres://nobody_here:wrong@${host}/none`]:
        /; check the login and the database in ADMIN_DATABASE_URL\.$/,
      [empty]: /nothing is installed in its database\.$/,
    }
    for (const [url, reason] of Object.entries(reasons)) {
      const wrong = await administered(t, { ADMIN_DATABASE_URL: url }, databaseUrl)
      const { status, body } = await wrong.act<Schemas['Problem']>('POST', '/verifications', {})
      t.equal(status, 503, url)
      t.match(body.detail, /^No job can start with ADMIN_DATABASE_URL: /)
      t.match(body.detail, reason)
    }
  },
)
