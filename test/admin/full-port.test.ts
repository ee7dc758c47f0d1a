// Streams of one address, such as that of a proxy, leave room for all else on the admin port.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { bearer, FEED_TOKENS, openToken } from '../support/feed.ts'
import { administered } from '../support/http/admin.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { openStream } from '../support/live-updates/reader.ts'
import { until } from '../support/until.ts'

type Schemas = components['schemas']

const databaseUrl = await installedDatabase(t)
const env = { ADMIN_DATABASE_URL: databaseUrl, FEED_TOKENS }
const { url, act, call } = await administered(t, env, databaseUrl)

/** Opens streams, and returns those that are there and the responses to the others. */
async function open(times: number, path: string, headers: Record<string, string> = {}) {
  const streams = await Promise.all(
    Array.from({ length: times }, () => openStream(t, url + path, headers)),
  )
  const isOpen = ({ response }: (typeof streams)[number]) => response.status === 200
  return { opened: streams.filter(isOpen), refused: streams.filter((each) => !isOpen(each)) }
}

t.test('Streams of one address leave it health checks, metrics and requests', async (t) => {
  const blocker = await connect(t, databaseUrl)
  await blocker.query('select pg_advisory_lock(17744, 2)')
  const { body: job } = await act<Schemas['Job']>('POST', '/verifications', { tables: ['users_2'] })
  const feed = await open(40, '/feed', { ...bearer(openToken), accept: 'text/event-stream' })
  const followed = `/jobs/${job.id}/events`
  const jobs = await open(20, followed)
  t.strictSame([feed.opened.length, jobs.opened.length], [32, 16])
  for (const { response } of [...feed.refused, ...jobs.refused]) t.equal(response.status, 429)
  for (const path of ['/livez', '/readyz', '/metrics', '/status']) {
    t.equal((await call(path)).status, 200, path)
  }
  const refused = await call<Schemas['Problem']>(followed)
  t.match(refused.body, { code: 'too_many_requests', title: 'Too many open streams' })
  t.match(refused.headers.get('ratelimit-policy'), '"job_streams";q=16')

  for (const stream of jobs.opened) stream.leave()
  await until('a stream that has ended makes room', async () => {
    const [next] = (await open(1, followed)).opened
    next?.leave()
    return next
  })
  await blocker.query('select pg_advisory_unlock(17744, 2)')
})
