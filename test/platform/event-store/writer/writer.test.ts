// The writer: requests share batches, each gets its own result, the queues are bounded, and a connection that
// is lost or silent is replaced.
import t from 'tap'
import { user } from '../../../../src/features/users/user.ts'
import { uuidV7 } from '../../../../src/platform/event-store/uuid-v7.ts'
import {
  annId,
  annRegistered,
  bobId,
  passwordChanged,
} from '../../../support/event-store/stories.ts'
import {
  bytesSent,
  outcomes,
  sending,
  unknownId,
  writing,
} from '../../../support/event-store/writing.ts'
import { proxied } from '../../../support/proxy.ts'
import { until } from '../../../support/until.ts'

const { url, owner, start, inOneBatch, inTwoBatches, count, positions, ...lock } = await writing(t)

t.test('requests that arrive while an append is in flight share the next append', async (t) => {
  const { results } = await inOneBatch(
    start(),
    Array.from({ length: 50 }, () => sending(bobId)),
  )
  t.strictSame(new Set(outcomes(results)), new Set(['accepted']))
  const moments = results.map((r) => r.status === 'fulfilled' && r.value.recordedAt.getTime())
  t.equal(new Set(moments).size, 1, 'all have the time of one append')
})

t.test('the writer sends the next batch before it reports the results of the last', async (t) => {
  // On a busy machine, the first append can wait for the free append lock. The clock runs past each hold-back.
  let now = 0
  const clock = {
    now: () => (now += 20),
    after: (ms: number, run: () => void) => void setTimeout(run, ms),
  }
  const { store, connection } = start({ clock })
  await store.append(sending(bobId)) // The first append also reads the columns of its type.
  const sent = await bytesSent(connection)
  const before = sent()
  const first = store.append(sending(bobId)).then(sent)
  // The batch goes at the end of this turn of the event loop, and its answer cannot arrive before the next one.
  await new Promise(setImmediate)
  const between = sent()
  t.ok(between > before)
  await Promise.all([first, store.append(sending(bobId, { content: 'x'.repeat(5_000) }))])
  t.ok((await first) > between + 5_000)
})

t.test('a second batch is sent while the first is in flight, and a third is not', async (t) => {
  const { release } = await lock.holdAppends()
  const { store, connection } = start()
  const sent = await bytesSent(connection)
  const results = [store.append(sending(bobId))]
  await lock.untilAppendsWait(1)
  for (const isSent of [true, false]) {
    const before = sent()
    results.push(...Array.from({ length: 8 }, () => store.append(sending(bobId))))
    await new Promise((resolve) => setTimeout(resolve))
    await new Promise(setImmediate)
    t.equal(sent() > before, isSent)
  }
  await release()
  const positions = (await Promise.all(results)).map(({ position }) => Number(position))
  t.strictSame(
    positions,
    positions.toSorted((a, b) => a - b),
  )
})

t.test('the writer asks for the columns of each of its statements once', async (t) => {
  const { store, connection } = start()
  const sendOneAndTwo = async () => {
    await store.append(sending(bobId))
    await Promise.all([store.append(sending(bobId)), store.append(sending(annId))])
  }
  await sendOneAndTwo()
  const { connection: messages } = await connection.open()
  messages.on('rowDescription', () => t.fail('the columns are there'))
  await t.resolves(sendOneAndTwo())
})

t.test(
  'of 100 requests in one batch, 7 are rejected for their own reasons and 93 are appended',
  async (t) => {
    const registering = (change: object) => {
      const id = uuidV7()
      const own = { id, email: `${id}@example.org`, username: id.slice(0, 20) }
      const data = { ...annRegistered.data, ...own, ...change }
      const events = [{ type: 'UserRegistered', data }]
      return { aggregate: user, streamId: id, expectedVersion: 0, events }
    }
    const { email, username } = annRegistered.data
    const rejected = new Map<number, [object, string]>([
      [0, [registering({ email }), 'email_taken']],
      [13, [registering({ username }), 'username_taken']],
      [14, [sending(unknownId), 'recipient_unknown']],
      [50, [changing(7), 'version_conflict']],
      [51, [registering({ username: 'A' }), 'username_malformed']],
      [98, [registering({ passwordHash: null }), 'conflict']],
      [99, [sending(unknownId), 'recipient_unknown']],
    ])
    const decisions = Array.from({ length: 100 }, (_, n) => rejected.get(n)?.[0] ?? sending(bobId))
    const { results } = await inOneBatch(start(), decisions)
    t.strictSame(
      outcomes(results),
      decisions.map((_, n) => rejected.get(n)?.[1] ?? 'accepted'),
    )
  },
)

/** A change of Ann's password, decided on a version of her stream. */
function changing(expectedVersion: number) {
  const events = [{ ...passwordChanged, data: { ...passwordChanged.data, id: uuidV7() } }]
  return { aggregate: user, streamId: annId, expectedVersion, events }
}

t.test('of two requests on one version of a stream, the writer appends one', async (t) => {
  const { results } = await inOneBatch(start(), [changing(1), changing(1), sending(bobId)])
  t.strictSame(outcomes(results), ['accepted', 'version_conflict', 'accepted'])
})

t.test('a request that the log cannot read fails alone', async (t) => {
  const unreadable = { ...sending(bobId), aggregate: { tables: { MessageSent: 'no_such_3' } } }
  const decisions = Array.from({ length: 9 }, (_, n) => (n === 4 ? unreadable : sending(bobId)))
  const { results } = await inOneBatch(start(), decisions)
  t.strictSame(
    outcomes(results),
    decisions.map((_, n) => (n === 4 ? 'LG004' : 'accepted')),
  )
})

t.test(
  'the writer rejects requests beyond its queue as overloaded and appends the queued ones',
  async (t) => {
    const { results } = await inOneBatch(
      start(),
      Array.from({ length: 2_005 }, () => sending(bobId)),
    )
    const found = outcomes(results)
    t.strictSame(new Set(found.slice(0, 2_000)), new Set(['accepted']))
    t.strictSame(found.slice(2_000), Array(5).fill('overloaded'))
  },
)

t.test('the size of the queued requests is bounded, too', async (t) => {
  const content = 'x'.repeat(2 ** 22)
  const { results } = await inOneBatch(
    start(),
    Array.from({ length: 10 }, () => sending(bobId, { content })),
  )
  t.strictSame(outcomes(results), [...Array(8).fill('accepted'), 'overloaded', 'overloaded'])
})

t.test('appendAll appends all decisions or none, and names the one that failed', async (t) => {
  const { store } = start()
  const good = [sending(bobId), sending(annId), sending(bobId)]
  t.match(await store.appendAll(good), { position: /^\d+$/ })
  t.equal(await count(good.map(({ streamId }) => streamId)), 3)

  const bad = [sending(bobId), sending(annId), sending(unknownId), sending(bobId)]
  await t.rejects(store.appendAll(bad), { code: 'recipient_unknown', decision: 2 })
  t.equal(await count(bad.map(({ streamId }) => streamId)), 0)
})

t.test('a closing writer appends queued requests and rejects new ones', async (t) => {
  const { writer, store } = start()
  const decisions = Array.from({ length: 300 }, () => sending(bobId))
  const sent = decisions.map((decision) => store.append(decision))
  await writer.close()
  await t.rejects(store.append(sending(bobId)), { code: 'unavailable' })
  t.strictSame(new Set(outcomes(await Promise.allSettled(sent))), new Set(['accepted']))
})

t.test('a closing writer waits for both batches on their way', async (t) => {
  const started = start()
  const sent = await inTwoBatches(started)
  let isClosed = false
  const closed = started.writer.close().then(() => {
    isClosed = true
  })
  await new Promise(setImmediate)
  t.notOk(isClosed)
  await sent.release()
  await closed
  t.strictSame(new Set(outcomes(await sent.results)), new Set(['accepted']))
})

t.test('the writer gives up a connection on which no answer comes', async (t) => {
  const proxy = await proxied(t, url)
  const { store, troubles } = start({ through: proxy.url, checkMs: 100 })
  await store.append(sending(bobId))
  proxy.silence()
  const decision = sending(bobId)
  const { position } = await store.append(decision)
  t.strictSame(await positions(decision.streamId), [position])
  t.match(troubles, [{ message: 'the database did not answer in time' }])
})

t.test('the writer opens another connection after it lost an idle one', async (t) => {
  const { store, connection, troubles, idleLosses } = start()
  await store.append(sending(bobId))
  const { rows } = await (await connection.open()).query('select pg_backend_pid() as pid')
  await owner.query('select pg_terminate_backend($1, 5000)', [rows[0].pid])
  await until('the loss is noticed', async () => idleLosses.length)
  await store.append(sending(bobId))
  t.strictSame(troubles, [])
})

for (const events of [1, 2]) {
  t.test(`a writer that waited with ${events} events holds its next batch back`, async (t) => {
    const wakeUps: (() => void)[] = []
    const waits: number[] = []
    const after = (ms: number, callback: () => void) => {
      waits.push(ms)
      wakeUps.push(callback)
    }
    let now = 0
    const late = start({ clock: { now: () => now, after } })
    const other = start()

    const { holder, release } = await lock.holdAppends()
    const first = late.store.appendAll(Array.from({ length: events }, () => sending(bobId)))
    await lock.untilAppendsWait(1)
    await holder.query('select pg_sleep(0.05)')
    await release()
    await first
    t.strictSame(waits, [])

    const second = late.store.append(sending(bobId))
    await until('it is held back', async () => waits.length)
    t.strictSame(waits, [3], 'a quarter of 10 ms, the longest wait that counts')
    const meanwhile = await other.store.append(sending(bobId))
    const third = late.store.append(sending(bobId))
    await new Promise((resolve) => setTimeout(resolve))
    await new Promise(setImmediate)
    now += 3
    wakeUps[0]?.()
    const [held, joined] = await Promise.all([second, third])
    t.strictSame(held.recordedAt, joined.recordedAt, 'both have the time of one append')
    t.ok(Number(held.position) > Number(meanwhile.position))
  })
}
