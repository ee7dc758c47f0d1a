// The owner's jobs beyond one server: where they are absent, a server that dies or stops, and a wrong database.
import { once } from 'node:events'
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { type Answer, administered, calls } from '../support/http/admin.ts'
import { adminPort } from '../support/http/conform.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { epistle } from '../support/service.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']

const databaseUrl = await installedDatabase(t)
const { call, act, owner } = await administered(t, { ADMIN_DATABASE_URL: databaseUrl }, databaseUrl)

/** Waits until a job has ended. */
const ended = (id: string) =>
  until(`job ${id} ends`, async () => {
    const { body } = await call<Schemas['Job']>(`/jobs/${id}`)
    return body.state === 'running' ? undefined : body
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
      await until('the job waits for a lock', async () => (await frameCount(body.id)) > 0)
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

async function frameCount(id: string): Promise<number> {
  const { rows } = await owner.query(
    'select count(*)::int as count from work.job_lines where act_id = $1',
    [id],
  )
  return rows[0].count
}

t.test('An owner of another database starts no job', async (t) => {
  const wrong = await administered(
    t,
    { ADMIN_DATABASE_URL: await installedDatabase(t) },
    databaseUrl,
  )
  const refused = await wrong.act<Schemas['Problem']>('POST', '/verifications', {})
  t.match(refused, { status: 503, body: { detail: /leads to another database/ } })
})
