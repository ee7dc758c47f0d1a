// Webhooks from the log to a receiver: order, signatures and scope, and what operators change meanwhile.
import t from 'tap'
import { createFeedReader } from '../../../src/platform/feed/read-feed.ts'
import { deliverNext } from '../../../src/platform/webhooks/delivery.ts'
import {
  disableEndpoint,
  enableEndpoint,
  replayEndpoint,
  rotateSecret,
} from '../../../src/platform/webhooks/endpoints.ts'
import { readWebhooks } from '../../../src/platform/webhooks/overview.ts'
import { feedReader, publishedShapes } from '../../../src/published-events.ts'
import { asLog, readLog } from '../../support/feed.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { until } from '../../support/until.ts'
import { accept, type Received, startReceiver, verify } from '../../support/webhook-receiver.ts'
import { openWebhooks } from '../../support/webhook-sender.ts'

const { owner, pool, lines, start, register, add, find, isDone } = await openWebhooks(t)

t.test(
  'A worker may move cursors, and neither add an endpoint nor change its address',
  async (t) => {
    const statements = [
      `update work.webhooks set url = ''`,
      `insert into work.webhooks (name) values ('a')`,
      'delete from work.webhooks',
    ]
    for (const text of statements) await t.rejects(pool.query(text), { code: '42501' }, text)
  },
)

t.test('An endpoint gets every event in order, signed, in the shape of the feed', async (t) => {
  const receiver = await startReceiver(t)
  const [open, personal] = [await startReceiver(t), await startReceiver(t)]
  const secret = await add('all', receiver.url)
  await add('open', open.url, { types: ['user_registered'] })
  await add('personal', personal.url, { personal: true, types: ['user_registered', 'user_left'] })
  const stop = start()
  t.teardown(stop)
  await register(3)
  for (const name of ['all', 'open', 'personal']) await isDone(name)
  t.strictSame(asLog(receiver.received.map(({ event }) => event)), await readLog(owner))
  for (const received of receiver.received) {
    verify(secret, received)
    t.equal(received.id, received.event.id)
    t.equal(received.headers['content-type'], 'application/json')
  }
  const feed = await feedReader.read(owner, { after: '0', limit: 500, personal: true })
  t.strictSame(
    personal.received.map(({ body }) => body),
    feed.events.filter(({ type }) => type === 'user_registered').map(({ json }) => json),
  )
  t.notMatch(JSON.stringify(open.received), 'example.org')
  await stop()
})

t.test('The events of an endpoint come over one connection', async (t) => {
  const receiver = await startReceiver(t)
  await add('kept', receiver.url)
  const stop = start()
  t.teardown(stop)
  await isDone('kept')
  t.ok(receiver.received.length > 10)
  t.equal(receiver.connections, 1)
  await stop()
})

t.test('An event that meets the end of a kept connection is sent again at once', async (t) => {
  const receiver = await startReceiver(t)
  let lost: string | undefined
  receiver.answer = (event, response) => {
    if (receiver.received.length !== 2) return accept(event, response)
    lost = event.id
    response.destroy()
  }
  await add('stale', receiver.url)
  const stop = start()
  t.teardown(stop)
  await isDone('stale')
  const log = (await readLog(owner)).map((event) => event.split(' ')[1])
  t.strictSame(receiver.accepted, log)
  t.equal(lost, log[1])
  t.equal(
    receiver.connections,
    3,
    'the broken one, that of the second attempt, and one for the rest',
  )
  t.notMatch(lines.join(''), /"webhook":"stale".*a webhook failed/)
  await stop()
})

t.test('An endpoint beyond the end of the log is disabled, with what to do', async (t) => {
  const receiver = await startReceiver(t)
  await add('beyond', receiver.url)
  await owner.query(
    `update work.webhooks set position = 1000000, attempts = 1, failing_since = now(), last_error = 'status 500'
     where name = 'beyond'`,
  )
  const stop = start()
  t.teardown(stop)
  await until('it is disabled', async () => (await find('beyond')).disabledAt)
  const reason = /1000000 is beyond the end of the log \(\d+\).*epistle webhook replay/
  t.match((await find('beyond')).disabledBecause, reason)
  const shown = (await readWebhooks(owner)).find(({ name }) => name === 'beyond')
  t.match(shown, { state: 'disabled', reason, failingSince: null })
  await until('the log says so', async () => lines.some((line) => reason.test(line)))
  t.equal(receiver.received.length, 0)
  await replayEndpoint(owner, 'beyond', '0')
  await enableEndpoint(owner, 'beyond')
  await isDone('beyond')
  t.equal(receiver.accepted.length, (await readLog(owner)).length)
  await stop()
})

t.test('A cursor is compared with the log of its own database server', async (t) => {
  const receiver = await startReceiver(t)
  await add('moved', receiver.url)
  await owner.query('update work.webhooks set position = (select max(position) from log.events)')
  // After a failover, a connection of the pool can lead to a former primary server, whose log ends earlier.
  const former = await connect(t, await installedDatabase(t))
  const options = { except: [], allowLoopback: true, timeoutMs: 1, confirm: async () => undefined }
  const deps = { ...options, reader: feedReader, log: former }
  await owner.query('begin')
  const attempt = await deliverNext(owner, { ...deps, signal: new AbortController().signal })
  await owner.query('commit')
  t.equal(attempt, undefined)
  t.match(await find('moved'), { disabledAt: null })
})

t.test('While a secret is rotated, both sign; then the new one alone', async (t) => {
  const receiver = await startReceiver(t)
  const old = await add('rotated', receiver.url)
  const secret = await rotateSecret(owner, 'rotated', 24)
  const stop = start()
  t.teardown(stop)
  await isDone('rotated')
  for (const received of receiver.received) {
    for (const each of [old, secret]) verify(each, received)
  }
  await owner.query(`update work.webhooks set old_secret_until = now() where name = 'rotated'`)
  await register(1)
  await isDone('rotated')
  const last = receiver.received.at(-1) as Received
  verify(secret, last)
  t.equal(last.signatures.length, 1)
  t.throws(() => verify(old, last))
  t.notMatch(lines.join(''), secret, 'no secret is logged')
  await stop()
})

t.test('A disabled endpoint gets nothing, and replay begins where the operator says', async (t) => {
  const [receiver, other] = [await startReceiver(t), await startReceiver(t)]
  await add('paused', receiver.url)
  await add('witness', other.url)
  await disableEndpoint(owner, 'paused')
  const stop = start()
  t.teardown(stop)
  await isDone('witness')
  t.equal(receiver.received.length, 0)
  const events = (await readLog(owner)).map((event) => event.split(' '))
  const [position = '', id] = events.at(-3) ?? []
  await replayEndpoint(owner, 'paused', position)
  await enableEndpoint(owner, 'paused')
  await isDone('paused')
  t.strictSame(
    receiver.accepted,
    events.slice(-2).map(([, each]) => each),
  )
  t.not(receiver.accepted[0], id)
  await t.rejects(replayEndpoint(owner, 'paused', '1000000'), { name: 'EndpointError' })
  await stop()
})

t.test('An endpoint whose next event is too new waits for a newer worker', async (t) => {
  const [receiver, other] = [await startReceiver(t), await startReceiver(t)]
  const { user_blocked_6: _, ...known } = publishedShapes
  await owner.query(`insert into log.user_blocked_6 values ($1, $2, $3)`, [
    idOf(999),
    idOf(1),
    idOf(2),
  ])
  await add('newer', receiver.url, { types: ['user_blocked'] })
  await add('older', other.url, { types: ['user_registered'] })
  const stop = start({ reader: createFeedReader(known) })
  t.teardown(stop)
  await isDone('older')
  await until('the worker meets it', async () =>
    lines.join('').includes('cannot read the next event'),
  )
  t.match(await find('newer'), { behind: '1', attempts: 0 })
  await stop()
  const upgraded = start()
  t.teardown(upgraded)
  await isDone('newer')
  t.equal(receiver.accepted.length, 1)
  await upgraded()
})

t.test('Two workers at once deliver each event once, in order', async (t) => {
  const receiver = await startReceiver(t)
  await add('shared', receiver.url)
  const stops = [start(), start()]
  for (const stop of stops) t.teardown(stop)
  await register(20)
  await isDone('shared')
  const log = (await readLog(owner)).map((event) => event.split(' ')[1])
  t.strictSame(receiver.accepted, log)
  await Promise.all(stops.map((stop) => stop()))
})
