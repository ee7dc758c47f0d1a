// Events that only the primary server has, because the waits of their commits for the synchronous standby were ended from
// outside. A failover could lose them, so neither the feed nor a webhook sends them before a commit has confirmed them.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createNotifications } from '../../src/platform/postgres/notifications.ts'
import { Sockets } from '../../src/platform/postgres/sockets.ts'
import { addEndpoint } from '../../src/platform/webhooks/endpoints.ts'
import { startSender } from '../../src/platform/webhooks/sender.ts'
import { feedReader } from '../../src/published-events.ts'
import { createServicePool } from '../../src/service-pool.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import { CommitWaits } from '../support/faults/commit-waits.ts'
import { bearer, FEED_TOKENS, openToken, type Published, readPage } from '../support/feed.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { served } from '../support/http/served.ts'
import { connect } from '../support/installed.ts'
import { openStream } from '../support/live-updates/reader.ts'
import { until } from '../support/until.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

const { url } = await ownCluster(t)
const waits = await new CommitWaits(t, url).connect()
const { server } = await served(t, { ADMIN_PORT: '0', FEED_TOKENS }, url)
const adminUrl = server.adminUrl ?? ''

/** Registers a user whose event the primary server alone has. Commits wait for a standby that is away from then on. */
async function registerUnconfirmed(): Promise<string> {
  await waits.requireStandby('away')
  const id = randomUUID()
  const client = await connect(t, url)
  client.on('error', () => undefined)
  const text = `insert into log.user_registered_0 values ($1, $2, 'hash')`
  const ended = client.query(text, [id, `${id}@example.org`]).catch(() => undefined)
  await waits.terminate()
  await ended
  return id
}

const page = (after = '0') => readPage(adminUrl, `after=${after}`, openToken)
const idsOf = (events: readonly Published[]) => events.map(({ streamId }) => streamId)

t.test('A page of the feed waits until the standbys have its events', async (t) => {
  const id = await registerUnconfirmed()
  const refused = t.rejects(page(), { message: /"unavailable".*do not confirm/ })
  await waits.cancel()
  await refused
  let isThere = false
  const reading = page().finally(() => {
    isThere = true
  })
  await waits.waiting()
  t.notOk(isThere)
  await waits.requireStandby('')
  const { events, cursor } = await reading
  t.strictSame(idsOf(events), [id])
  await waits.requireStandby('away')
  t.strictSame(idsOf((await page()).events), [id], 'what was confirmed needs no commit')
  t.strictSame((await page(cursor)).events, [], 'nor does an empty page')
  await waits.requireStandby('')
})

t.test('A stream sends an event once the standbys have it, or ends', async (t) => {
  const { cursor } = await page()
  const headers = { ...bearer(openToken), accept: 'text/event-stream', 'last-event-id': cursor }
  const first = await openStream(t, `${adminUrl}/feed`, headers)
  const id = await registerUnconfirmed()
  await waits.cancel()
  t.equal(await first.ended, true)
  t.strictSame(first.frames, [])
  const again = await openStream(t, `${adminUrl}/feed`, headers)
  await waits.waiting()
  t.strictSame(again.frames, [])
  await waits.requireStandby('')
  const { data } = await again.until(({ event }) => event === 'user_registered')
  t.equal(data.streamId, id)
})

t.test('A webhook waits until the standbys have its event', async (t) => {
  const { log, lines } = readableLog('debug')
  const pool = createServicePool({ databaseUrl: url, size: 8, log })
  const notifications = createNotifications({
    databaseUrl: url,
    channel: 'epistle_log',
    sockets: new Sockets(),
    onTrouble: () => undefined,
  })
  const receiver = await startReceiver(t)
  const { position: after } = await page()
  const endpoint = { name: 'crm', url: receiver.url, types: null, personal: false, after }
  await addEndpoint(waits.owner, endpoint)
  const id = await registerUnconfirmed()
  const options = { pool, reader: feedReader, allowLoopback: true, notifications, log }
  const sender = startSender({ ...options, mayWork: () => true })
  t.teardown(async () => {
    await sender.close(1)
    await pool.end()
  })
  await waits.cancel()
  await until('the log says why it waits', async () => /do not confirm/.test(lines.join('')))
  await waits.waiting()
  t.equal(receiver.received.length, 0)
  await waits.requireStandby('')
  await until('it comes', async () => receiver.accepted.length === 1)
  t.equal(receiver.received[0]?.event.streamId, id)
})

t.test('A worker that stops does not wait for the standbys', async (t) => {
  const { log } = readableLog('debug')
  const pool = createServicePool({ databaseUrl: url, size: 8, log })
  const notifications = () => Promise.resolve()
  await waits.requireStandby('')
  const receiver = await startReceiver(t)
  const { position: after } = await page()
  const endpoint = { name: 'late', url: receiver.url, types: null, personal: false, after }
  await addEndpoint(waits.owner, endpoint)
  await registerUnconfirmed()
  const options = { pool, reader: feedReader, allowLoopback: true, notifications, log }
  const sender = startSender({ ...options, mayWork: () => true })
  await waits.waiting()
  const began = performance.now()
  await sender.close(0.1)
  t.ok(performance.now() - began < 3_000)
  await waits.requireStandby('')
  await pool.end()
  t.equal(receiver.received.length, 0)
})
