// The progress of jobs, and operators who cancel them, also on another server than that of the job. Each response is
// compared with openapi/admin.json.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { endAct } from '../../src/admin/acts/acts.ts'
import { beginJob } from '../../src/admin/jobs/record-job.ts'
import { type Answer, administered } from '../support/http/admin.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { untilWaits } from '../support/read-models/blocked-sessions.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']
type Job = Schemas['Job']

const databaseUrl = await installedDatabase(t)
const env = { ADMIN_DATABASE_URL: databaseUrl }
const [here, elsewhere] = [
  await administered(t, env, databaseUrl),
  await administered(t, env, databaseUrl),
]
const { call, act, url, owner, arrive } = here
const ada = await arrive('ada')
const blocker = await connect(t, databaseUrl)

const find = async (id: string) => (await call<Job>(`/jobs/${id}`)).body
const start = async (path: string, body: object) => (await act<Job>('POST', path, body)).body.id
const ended = (id: string) =>
  until(`job ${id} ends`, async () => {
    const job = await find(id)
    return job.state === 'running' ? undefined : job
  })

/** The frames of a job after its end: their events and data. */
async function framesOf(id: string) {
  const text = await (await fetch(`${url}/jobs/${id}/events`)).text()
  return text
    .trim()
    .split('\n\n')
    .map((frame) => ({
      event: /^event: (.*)$/m.exec(frame)?.[1],
      data: JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? 'null'),
    }))
}

async function lastAct() {
  const { body }: Answer<{ items: Schemas['Act'][] }> = await call('/audit?limit=1')
  return body.items[0]
}

/** Makes jobs wait before they begin, by the lock of verify and the like. */
async function holdingJobs(work: () => Promise<void>): Promise<void> {
  await blocker.query('select pg_advisory_lock(17744, 2)')
  try {
    await work()
  } finally {
    await blocker.query('select pg_advisory_unlock(17744, 2)')
  }
}

t.test('A verification counts the positions that it has replayed', async (t) => {
  const id = await start('/verifications', { tables: ['users_2'] })
  const { progress, cancellable, state } = await ended(id)
  t.equal(state, 'done')
  t.match(progress, { unit: 'positions', percent: 100 })
  t.equal(progress?.done, progress?.total)
  t.notOk(cancellable, 'it has ended')
  const frames = await framesOf(id)
  t.match(frames.at(-2), { event: 'progress', data: { progress: { percent: 100 } } })
  t.match(frames.at(-1), { event: 'ended', data: { id, progress: { percent: 100 } } })
})

t.test('A rebuild counts the rows that it has replaced', async (t) => {
  await owner.query(`update read.users_2 set username = 'eve' where id = $1`, [ada.user.id])
  const id = await start('/rebuilds', { tables: ['users_2'] })
  const { progress, result } = await ended(id)
  t.strictSame(progress, { done: 1, total: 1, unit: 'rows', percent: 100 })
  t.match(result, { tables: [{ replaced: 1 }] })
  const lines = (await framesOf(id)).map(({ data }) => data.text)
  t.ok(lines.includes('1 row of users_2 differs from the log; replacing it'))
  t.ok(lines.includes('users_2 matches the log; 1 row was replaced'))
})

t.test('A job is cancelled from another server, by name, and can be started again', async (t) => {
  await holdingJobs(async () => {
    const id = await start('/verifications', { tables: ['users_2'] })
    t.match(await find(id), { state: 'running', cancellable: true, progress: null })
    const { status, body } = await elsewhere.act<Job>('DELETE', `/jobs/${id}`)
    t.match(
      { status, body },
      { status: 200, body: { state: 'cancelled', detail: 'cancelled by Ada' } },
    )
    t.match((await framesOf(id)).at(-1), { event: 'ended', data: { state: 'cancelled' } })
    t.match(await lastAct(), { act: 'cancel_job', subject: id, actor: 'Ada', outcome: 'done' })
    const again = await act<Schemas['Problem']>('DELETE', `/jobs/${id}`)
    t.match(again, { status: 409, body: { detail: 'The job has ended already: cancelled.' } })
    t.match(await lastAct(), { act: 'cancel_job', subject: id, outcome: 'refused' })
  })
  const { rows } = await owner.query(`select from pg_namespace where nspname = 'shadow'`)
  t.strictSame(rows, [], 'no copy is left')
  t.match(await ended(await start('/verifications', { tables: ['users_2'] })), { state: 'done' })
})

t.test(
  'A job of the command line is not cancelled, and the response says where it is stopped',
  async (t) => {
    const command = await connect(t, databaseUrl)
    const id = await beginJob(command, { actor: 'zoe', act: 'verify' })
    t.match(await find(id), { state: 'running', cancellable: false })
    const refused = await act<Schemas['Problem']>('DELETE', `/jobs/${id}`)
    t.match(refused, { status: 409, body: { detail: /^A command runs this job/ } })
    await endAct(command, id, { outcome: 'done' })
  },
)

t.test('A job that changes live tables is not cancelled', async (t) => {
  await holdingJobs(async () => {
    const id = await start('/demotions', { tables: ['users_2'] })
    t.match(await find(id), { state: 'running', cancellable: false })
    t.equal((await act('DELETE', `/jobs/${id}`)).status, 409)
  })
  t.equal((await act('DELETE', '/jobs/999999')).status, 404)
})

t.test('A rebuild that replaces rows ends by itself, and its table is correct', async (t) => {
  await owner.query(`update read.users_2 set username = 'eve' where id = $1`, [ada.user.id])
  await blocker.query('begin; lock table read.users_2 in share mode')
  const id = await start('/rebuilds', { tables: ['users_2'] })
  await until('it replaces rows', async () => !(await find(id)).cancellable)
  const refused = await act<Schemas['Problem']>('DELETE', `/jobs/${id}`)
  t.match(refused, { status: 409, body: { detail: /^The job changes live tables now/ } })
  await blocker.query('commit')
  t.match(await ended(id), { state: 'done', result: { tables: [{ replaced: 1 }] } })
})

t.test(
  'A request to cancel waits for a job that is about to change rows, and is refused',
  async (t) => {
    await holdingJobs(async () => {
      const id = await start('/verifications', { tables: ['users_2'] })
      const job = await connect(t, databaseUrl)
      await job.query('begin')
      await job.query('update work.job_progress set cancellable = false where act_id = $1', [id])
      const refused = act<Schemas['Problem']>('DELETE', `/jobs/${id}`)
      const waiting = `select from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%work.job_progress%' and datname = current_database()`
      await until('the request waits', async () => (await owner.query(waiting)).rowCount === 1)
      await job.query('commit')
      t.match(await refused, { status: 409, body: { detail: /^The job changes live tables now/ } })
      t.match(await lastAct(), { act: 'cancel_job', subject: id, outcome: 'refused' })
      t.match(await find(id), { state: 'running' }, 'it goes on')
    })
  },
)

t.test('A job whose connection is lost has failed, with a sentence', async (t) => {
  await holdingJobs(async () => {
    const id = await start('/verifications', { tables: ['users_2'] })
    const [job] = await untilWaits(owner, 'advisory 17744 2')
    await owner.query('select pg_terminate_backend($1, 5000)', [job?.pid])
    await until('the result is recorded', async () => (await find(id)).state !== 'lost')
    const detail =
      'the connection to the database was lost; what the job had committed stays, and the same job can be started again'
    t.match(await ended(id), { state: 'failed', detail })
  })
})

t.test('A stream of a server that stops ends with a sentence', async (t) => {
  await holdingJobs(async () => {
    const id = await start('/verifications', { tables: ['users_2'] })
    const response = await fetch(`${elsewhere.url}/jobs/${id}/events`)
    const text = response.text()
    await elsewhere.server.close()
    t.match(await text, /event: interrupted\ndata: \{"detail":"The server stops\./)
    t.match(await find(id), { state: 'running' }, 'the job of the other server goes on')
    t.equal((await act<Job>('DELETE', `/jobs/${id}`)).body.state, 'cancelled')
  })
})

t.test('A server that stops while a job begins stops the job, too', async (t) => {
  await holdingJobs(async () => {
    const others = await connect(t, databaseUrl)
    await others.query('begin; lock table work.acts in exclusive mode')
    const begun = act('POST', '/verifications', { tables: ['users_2'] }).catch(() => undefined)
    const waiting = `select from pg_stat_activity
      where wait_event_type = 'Lock' and query like 'insert into work.acts%' and datname = current_database()`
    await until('the job begins', async () => (await owner.query(waiting)).rowCount === 1)
    const closed = here.server.close()
    await until('the server stops', async () => (await call('/livez').catch(() => 0)) === 0)
    await others.query('commit')
    await Promise.all([closed, begun])
    const { rows } = await owner.query(
      `select outcome from work.act_results r join work.acts a on a.id = r.act_id
       where a.act = 'verify' order by a.id desc limit 1`,
    )
    t.strictSame(rows, [{ outcome: 'stopped' }])
  })
})
