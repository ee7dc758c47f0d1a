// A database that is restored to an earlier state, by its data directory and without a gap in the positions, under a
// server that runs on. Clients and consumers come back with positions of the lost log.
import t from 'tap'
import { createEpistleClient } from '../../openapi/client.ts'
import { loadConfig } from '../../src/config.ts'
import { serve } from '../../src/serve.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import { bearer, FEED_TOKENS, openToken, type Published, readPage } from '../support/feed.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { password } from '../support/http/served.ts'
import { connect } from '../support/installed.ts'
import { follow, openStream, type Reader } from '../support/live-updates/reader.ts'
import { until } from '../support/until.ts'

const quick = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }
const cluster = await ownCluster(t)
const config = loadConfig({ ...quick, ADMIN_PORT: '0', FEED_TOKENS })
const { log } = readableLog('warn')
const server = await serve({ config, databaseUrl: cluster.url, log })
t.teardown(() => server.close())
const adminUrl = server.adminUrl ?? ''
const client = (token?: string) =>
  createEpistleClient({ baseUrl: server.url, retries: 0, ...(token && { token }) })

const email = 'ada@example.org'
await client().POST('/users', { body: { email, username: 'ada', password } })
const { data: ada } = await client().POST('/sessions', { body: { email, password } })
const token = ada?.token ?? ''
const to = ada?.user.id ?? ''

/** Sends a message and returns its position. */
async function say(content: string): Promise<string> {
  const { response } = await client(token).POST('/messages', { body: { to, content } })
  const position = response.headers.get('epistle-position')
  if (!position) throw new Error(`${content} was answered ${response.status}`)
  return position
}

async function ask(url: string, headers: Record<string, string>) {
  const response = await fetch(url, { headers })
  const { status } = response
  if (status !== 412) await response.body?.cancel()
  return { status, ...(status === 412 && { body: await response.json() }) }
}
const asAda = (path: string, headers: Record<string, string> = {}) =>
  ask(`${server.url}${path}`, { ...bearer(token), ...headers })
const asConsumer = (query: string, headers: Record<string, string> = {}) =>
  ask(`${adminUrl}/feed?${query}`, { ...bearer(openToken), ...headers })
const stream = { accept: 'text/event-stream' }
const followFeed = (after: string): Promise<Reader> =>
  openStream(t, `${adminUrl}/feed`, { ...bearer(openToken), ...stream, 'last-event-id': after })
const unknown = (parameter: string) => ({
  status: 412,
  body: { code: 'position_unknown', errors: [{ parameter, code: 'out_of_range' }] },
})
const isReady = async () => (await fetch(`${server.url}/readyz`)).status === 200

await say('kept')
await cluster.keep()
await until('the server is ready again', isReady, 60)
const kept = await readPage(adminUrl, 'after=0', openToken)
const listener = await follow(t, server.url, token)
const consumer = await followFeed(kept.cursor)
await say('lost')
const lost = await say('lost, too')
await listener.until(({ id }) => id === lost)
await consumer.until(({ data }) => data.position === lost)
const lostCursor = (await readPage(adminUrl, 'after=0', openToken)).cursor
await cluster.restore()
await until('the server is ready after the restore', isReady, 60)

t.test('A position of the lost log is unknown, wherever it is sent', async (t) => {
  t.match(await asAda('/messages', { 'epistle-position': lost }), unknown('Epistle-Position'))
  t.match(await asAda('/stream', { 'last-event-id': lost }), unknown('Last-Event-ID'))
  t.match(await asAda(`/stream?lastEventId=${lost}`), unknown('lastEventId'))
  for (const more of ['', '&wait=30']) {
    t.match(await asAda(`/events?after=${lost}${more}`), unknown('after'))
  }
  for (const after of [lost, lostCursor]) {
    t.match(await asConsumer(`after=${after}`), unknown('after'), after)
    t.match(await asConsumer(`after=${after}`, stream), unknown('after'), after)
    const header = { ...stream, 'last-event-id': after }
    t.match(await asConsumer('', header), unknown('Last-Event-ID'), after)
  }
  t.match(await readPage(adminUrl, `after=${kept.cursor}`, openToken), { events: [] })
})

t.test('A stream of the lost log has ended, so its client asks again', async (t) => {
  t.equal(await listener.ended, true)
  t.equal(await consumer.ended, true)
})

t.test(
  'When other events have the lost positions, the feed shows them to no old consumer',
  async (t) => {
    while (BigInt(await say('new')) <= BigInt(lost));
    const newCursor = (await readPage(adminUrl, `after=${kept.cursor}`, openToken)).cursor
    t.ok(BigInt(newCursor.split('.')[0] ?? 0) > BigInt(lost), 'the log is longer than the lost one')
    t.match(await asConsumer(`after=${lostCursor}`), unknown('after'))
    t.match(
      await asConsumer('', { ...stream, 'last-event-id': lostCursor }),
      unknown('Last-Event-ID'),
    )
    t.equal((await asConsumer(`after=${lost}`)).status, 200, 'a position alone does not show it')
    const seen = consumer.frames.map(({ data }) => (data as Published).id)
    const { events } = await readPage(adminUrl, `after=${kept.cursor}`, openToken)
    t.notOk(events.some(({ id }) => seen.includes(id)))
    const again = await followFeed(kept.cursor)
    await again.until(({ id }) => id === newCursor)
    t.strictSame(
      again.frames.map(({ data }) => (data as Published).id),
      events.map(({ id }) => id),
    )
  },
)

t.test('A server whose standbys do not confirm it calls no position unknown', async (t) => {
  const owner = await connect(t, cluster.url)
  const requireStandby = async (name: string) => {
    await owner.query(`alter system set synchronous_standby_names = '${name}'`)
    await owner.query('select pg_reload_conf()')
  }
  const beyond = '9223372036854775807'
  const unconfirmed = { status: 503, code: 'unavailable', detail: /do not confirm/ }
  const get = async (url: string, headers: Record<string, string>) => {
    const response = await fetch(url, { headers })
    if (response.status !== 200) return (await response.json()) as object
    await response.body?.cancel()
    return { status: 200 }
  }
  const asUser = (path: string, headers: Record<string, string> = {}) =>
    get(`${server.url}${path}`, { ...bearer(token), ...headers })
  const feed = (cursor: string) => get(`${adminUrl}/feed?after=${cursor}`, bearer(openToken))
  const askAll = () =>
    Promise.all([
      asUser('/messages', { 'epistle-position': beyond }),
      asUser('/stream', { 'last-event-id': beyond }),
      asUser(`/events?after=${beyond}`),
      feed(beyond),
      feed(lostCursor),
    ])
  await requireStandby('away')
  t.teardown(() => requireStandby(''))
  await until('commits wait', async () => {
    const { status } = await asAda('/messages', { 'epistle-position': beyond })
    return status === 503
  })
  for (const answer of await askAll()) t.match(answer, unconfirmed)
  t.equal((await asAda('/messages')).status, 200, 'what the log has is read without a commit')
  await requireStandby('')
  for (const answer of await askAll()) t.match(answer, { status: 412, code: 'position_unknown' })
})
