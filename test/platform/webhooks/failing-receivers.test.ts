// Receivers of webhooks that fail, hang, redirect, break off, never end or want no more events.
import t from 'tap'
import { enableEndpoint } from '../../../src/platform/webhooks/endpoints.ts'
import { feedReader } from '../../../src/published-events.ts'
import { readLog } from '../../support/feed.ts'
import { until } from '../../support/until.ts'
import { accept, type Receiver, startReceiver, status } from '../../support/webhook-receiver.ts'
import { openWebhooks } from '../../support/webhook-sender.ts'

const { owner, start, add, find, isDone, dueNow } = await openWebhooks(t)

t.test('While an event fails, those after it wait, and it is tried again later', async (t) => {
  const receiver = await startReceiver(t)
  let failures = 2
  const third = feedReader.read(owner, { after: '0', limit: 3, personal: false })
  const { id } = (await third).events[2] ?? {}
  receiver.answer = (event, response) => {
    const fails = event.id === id && failures > 0
    if (fails) failures -= 1
    return status(fails ? 500 : 204)(event, response)
  }
  await add('failing', receiver.url)
  const stop = start()
  t.teardown(stop)
  await until('the third event fails', async () => (await find('failing')).attempts === 1)
  const failing = await find('failing')
  t.match(failing, { lastError: 'status 500', disabledAt: null })
  const pause = Number(failing.retryAt) - Number(failing.failingSince)
  t.ok(pause > 4_000 && pause < 6_000, `${pause} ms`)
  await dueNow()
  await until('it fails again', async () => (await find('failing')).attempts === 2)
  const again = await find('failing')
  t.ok(Number(again.retryAt) - Number(failing.retryAt) > 4_000, 'the pauses grow')
  await dueNow()
  await isDone('failing')
  t.match(await find('failing'), { attempts: 0, lastError: null, failingSince: null })
  const log = (await readLog(owner)).map((event) => event.split(' ')[1])
  t.strictSame(receiver.accepted, log)
  const got = receiver.received.map((received) => received.id)
  t.strictSame(got, [...log.slice(0, 2), id, id, ...log.slice(2)])
  await stop()
})

t.test('Retry-After of 429 and 503 sets the next attempt, within bounds', async (t) => {
  const inTenMinutes = () => new Date(Date.now() + 600_000).toUTCString()
  const cases: [number, string | (() => string), number][] = [
    [503, '120', 120],
    [429, '600', 600],
    [429, inTenMinutes, 600],
    [503, '0', 5],
    [503, 'Sun, 06 Nov 1994 08:49:37 GMT', 5],
    [429, '999999', 6 * 60 * 60],
    [503, 'soon', 5],
    [500, '120', 5],
  ]
  const stop = start()
  t.teardown(stop)
  for (const [n, [code, wait]] of cases.entries()) {
    const receiver = await startReceiver(t)
    receiver.answer = (event, response) => {
      const value = typeof wait === 'string' ? wait : wait()
      status(code, { 'retry-after': value })(event, response)
    }
    await add(`asks ${n}`, receiver.url)
  }
  for (const [n, [code, wait, seconds]] of cases.entries()) {
    await until(`${n} fails`, async () => (await find(`asks ${n}`)).attempts === 1)
    const { retryAt, failingSince } = await find(`asks ${n}`)
    const pause = (Number(retryAt) - Number(failingSince)) / 1000
    // A date has no fractions of a second.
    t.ok(Math.abs(pause - seconds) <= 2, `${code} ${wait}: ${pause} s`)
  }
  await stop()
})

const bad: Record<string, { answer: Receiver['answer']; error: RegExp; timeoutMs?: number }> = {
  hangs: { answer: () => undefined, error: /^no response within 0.2 s$/, timeoutMs: 200 },
  redirects: {
    answer: status(307, { location: 'http://127.0.0.1:1/elsewhere' }),
    error: /^status 307: redirects are not followed$/,
  },
  breaks: { answer: (_event, response) => response.destroy(), error: /socket hang up/ },
}

for (const [name, { answer, error, ...options }] of Object.entries(bad)) {
  t.test(`A receiver that ${name} has failed, and others are not delayed`, async (t) => {
    const [receiver, other] = [await startReceiver(t), await startReceiver(t)]
    receiver.answer = answer
    await add(name, receiver.url)
    await add(`beside ${name}`, other.url)
    const stop = start(options)
    t.teardown(stop)
    await isDone(`beside ${name}`)
    await until('it fails', async () => (await find(name)).attempts === 1)
    t.match((await find(name)).lastError, error)
    t.equal((await find(name)).position, '0')
    receiver.answer = accept
    await enableEndpoint(owner, name)
    await isDone(name)
    await stop()
  })
}

t.test('A response without an end is not read', async (t) => {
  const receiver = await startReceiver(t)
  receiver.answer = (_event, response) => {
    response.writeHead(200)
    const chunk = Buffer.alloc(64 * 1024)
    const more = () => response.destroyed || response.write(chunk, () => setImmediate(more))
    more()
  }
  await add('endless', receiver.url)
  const stop = start()
  t.teardown(stop)
  await isDone('endless')
  t.equal(receiver.received.length, (await readLog(owner)).length)
  await stop()
})

t.test('410 disables an endpoint at once, and so do five days of failures', async (t) => {
  const receiver = await startReceiver(t)
  receiver.answer = status(410)
  await add('gone', receiver.url)
  const stop = start()
  t.teardown(stop)
  await until('it is disabled', async () => (await find('gone')).disabledAt)
  t.match(await find('gone'), { disabledBecause: /410/, position: '0', retryAt: null })
  receiver.answer = status(500)
  await enableEndpoint(owner, 'gone')
  await until('it fails', async () => (await find('gone')).attempts === 1)
  await owner.query(
    `update work.webhooks set failing_since = failing_since - interval '5 days', due_at = now()
     where name = 'gone'`,
  )
  await until('it is disabled', async () => (await find('gone')).disabledAt)
  t.match(await find('gone'), { disabledBecause: 'it failed for 5 days', position: '0' })
  receiver.answer = accept
  await enableEndpoint(owner, 'gone')
  await isDone('gone')
  t.equal(receiver.accepted.length, (await readLog(owner)).length, 'it lost nothing')
  await stop()
})

t.test('While a receiver hangs, nothing that an installation replaces is locked', async (t) => {
  const receiver = await startReceiver(t)
  receiver.answer = () => undefined
  await add('locks', receiver.url)
  const stop = start({ timeoutMs: 10_000 })
  t.teardown(stop)
  await until('an event arrives', async () => receiver.received.length)
  await owner.query(`begin; set local lock_timeout = '200ms'`)
  for (const name of ['log.user_stream_15', 'log.events', 'log.user_registered_1']) {
    await owner.query(`lock table ${name} in access exclusive mode`)
  }
  await owner.query('commit')
  t.equal(receiver.received.length, 1, 'it still hangs')
  receiver.answer = accept
})

t.test('A delivery ends when its worker loses the endpoint, before another begins', async (t) => {
  await owner.query(`update work.webhooks set disabled_at = clock_timestamp()`)
  const connection = async () => {
    const holding = `select pid from pg_stat_activity
      where datname = current_database()
        and state = 'idle in transaction' and query like '%for update skip locked%'
        and state_change < clock_timestamp() - interval '100 ms'`
    const pid = await until('one waits for its receiver', async () => {
      return (await owner.query<{ pid: number }>(holding)).rows[0]?.pid
    })
    await owner.query('select pg_terminate_backend($1)', [pid])
  }
  const leases = async () => {
    mayWork = false
  }
  let mayWork = true
  for (const [name, lose] of Object.entries({ connection, leases })) {
    const receiver = await startReceiver(t)
    let hangs = false
    /** How many events had come when the first delivery ended. */
    let before: number | undefined
    receiver.answer = (event, response) => {
      hangs = true
      response.on('close', () => {
        before ??= receiver.received.length
      })
      if (receiver.received.length > 1) accept(event, response)
    }
    await add(name, receiver.url)
    const stop = start({ timeoutMs: 60_000, mayWork: () => mayWork })
    t.teardown(stop)
    await until('a delivery hangs', async () => hangs)
    await lose()
    t.equal(await until('it ends', async () => before), 1, name)
    mayWork = true
    await isDone(name)
    const log = (await readLog(owner)).map((event) => event.split(' ')[1])
    t.strictSame(receiver.accepted, log, 'each event came, and that of the lost delivery again')
    t.match(await find(name), { attempts: 0, lastError: null })
    await stop()
  }
})
