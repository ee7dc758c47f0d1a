// The writer when its connection is lost: a sent request is recorded once or not at all, and its caller
// learns which. When that cannot be determined, the caller learns that the result is unknown.
import t from 'tap'
import { uuidV7 } from '../../../../src/platform/event-store/uuid-v7.ts'
import { measured } from '../../../../src/platform/metrics/measurements.ts'
import { annId, bobId } from '../../../support/event-store/stories.ts'
import {
  contentOfSecond,
  newcomer,
  outcomes,
  sending,
  unknownId,
  writing,
} from '../../../support/event-store/writing.ts'
import { proxied } from '../../../support/proxy.ts'
import { until } from '../../../support/until.ts'

const { url, owner, direct, start, inOneBatch, inTwoBatches, count, positions, ...lock } =
  await writing(t)

t.test('the writer records requests once whose backend is terminated in flight', async (t) => {
  const writer = start()
  const decisions = Array.from({ length: 20 }, () => sending(bobId))
  const { inFlight, results } = await inOneBatch(writer, decisions, async () => {
    for (const pid of await lock.appendsWaiting()) {
      await owner.query('select pg_terminate_backend($1, 5000)', [pid])
    }
  })
  t.match(inFlight, { position: /^\d+$/ })
  t.strictSame(new Set(outcomes(results)), new Set(['accepted']))
  t.equal(await count(decisions.map(({ streamId }) => streamId)), 20)
  t.equal(writer.troubles.length, 1)
})

t.test(
  'the writer records a resent request once while its first attempt still waits for a lock',
  async (t) => {
    const proxy = await proxied(t, url)
    const { store } = start({ through: proxy.url })
    const { release } = await lock.holdAppends()
    const decision = sending(bobId)
    const appended = store.append(decision)
    await lock.untilAppendsWait(1)
    proxy.cut() // PostgreSQL does not notice, because it waits for a lock and not for the client
    await lock.untilAppendsWait(2)
    await release()
    const { position } = await appended
    t.strictSame(await positions(decision.streamId), [position])
  },
)

t.test(
  'the writer finds a request whose response was lost, and does not send it again',
  async (t) => {
    const proxy = await proxied(t, url)
    const { store, troubles } = start({ through: proxy.url })
    const decision = sending(bobId)
    const lost = proxy.loseAnswer('results')
    const measuredEnds = endsInDoubt()
    const { position } = await store.append(decision)
    await lost
    t.strictSame(measuredEnds(), ['was_recorded'])
    t.strictSame(await positions(decision.streamId), [position])
    t.equal(await endOfLog(), Number(position), 'no other append was attempted')
    t.equal(troubles.length, 1)
  },
)

t.test(
  'the writer finds a request whose connection ended with a message in another language',
  async (t) => {
    const proxy = await proxied(t, url)
    const { store } = start({ through: proxy.url })
    const decision = sending(bobId)
    const fields = ['SFATALE', 'C57P01', 'Mconnessione terminata', '']
    const body = Buffer.from(fields.map((field) => `${field}\0`).join(''))
    const head = Buffer.from('E\0\0\0\0')
    head.writeUInt32BE(body.length + 4, 1)
    const lost = proxy.loseAnswer('results', Buffer.concat([head, body]))
    const { position } = await store.append(decision)
    await lost
    t.strictSame(await positions(decision.streamId), [position])
  },
)

t.test('a first attempt that arrives after the second one changes nothing', async (t) => {
  const proxy = await proxied(t, url)
  const { store } = start({ through: proxy.url })
  const decision = sending(bobId)
  const kept = proxy.keepBack('log.append')
  const measuredEnds = endsInDoubt()
  const { position } = await store.append(decision)
  t.strictSame(measuredEnds(), ['recorded_again'])
  const log = await endOfLog()
  ;(await kept)()
  await until('the first attempt is over', async () => (await endOfLog()) > log)
  t.strictSame(await positions(decision.streamId), [position])
})

function endsInDoubt(): () => string[] {
  const ends: string[] = []
  const stop = measured.doubtful.read(({ end }) => ends.push(end))
  return () => {
    stop()
    return ends
  }
}

/** The last position that was assigned, also to rejected requests. */
async function endOfLog(): Promise<number> {
  const { rows } = await owner.query('select last_value::int as last from log.events_position_seq')
  return rows[0].last
}

t.test(
  'the writer reports a resent request that is rejected as unknown, because its first attempt can arrive',
  async (t) => {
    const proxy = await proxied(t, url)
    const { store } = start({ through: proxy.url })
    const registration = newcomer()
    const decision = sending(registration.streamId)
    const kept = proxy.keepBack('log.append')
    await t.rejects(store.append(decision), {
      code: 'unavailable',
      reason: /may be recorded, or not/,
    })
    await direct.append(registration)
    ;(await kept)()
    await until(
      'the first attempt is recorded',
      async () => (await positions(decision.streamId)).length,
    )
    await t.rejects(
      store.append(sending(unknownId)),
      { code: 'recipient_unknown' },
      'a request that was sent once is rejected',
    )
  },
)

t.test(
  'the writer does not take the event of another request with the same id for its own',
  async (t) => {
    const proxy = await proxied(t, url)
    const { store } = start({ through: proxy.url })
    const { holder, release } = await lock.holdAppends()
    const id = uuidV7()
    const decision = { ...sending(bobId), eventIds: [id] }
    const appended = store.append(decision)
    await lock.untilAppendsWait(1)
    proxy.cut()
    const [first] = await lock.appendsWaiting()
    await owner.query('select pg_terminate_backend($1, 5000)', [first])
    await lock.untilAppendsWait(1)
    await holder.query(
      `with h as (
       insert into log.events (id, stream_id, stream_version, type)
       values ($1, $2, 1, 'message_sent_3') returning position, recorded_at)
     insert into log.message_sent_3 (id, src_id, dst_id, content, recorded_at, position)
     select $2, $3, $3, 'another', recorded_at, position from h`,
      [id, uuidV7(), annId],
    )
    await release()
    await t.rejects(appended, { code: 'unavailable' })
    t.strictSame(await positions(decision.streamId), [])
  },
)

t.test(
  'the writer rejects requests as unrecorded when the database stays unreachable',
  async (t) => {
    const closed = 'postgres://nobody@127.0.0.1:1/nothing'
    const { store, troubles } = start({ through: closed, patienceMs: 100 })
    const sent = Promise.allSettled([1, 2, 3].map(() => store.append(sending(bobId))))
    for (const result of await sent) {
      t.match(result, { reason: { code: 'unavailable', reason: /nothing was recorded/ } })
    }
    t.equal(troubles.length, 1, 'an outage is reported once')
  },
)

t.test(
  'the writer reports a request as unknown that was sent before the database became unreachable',
  async (t) => {
    const proxy = await proxied(t, url)
    const { store } = start({ through: proxy.url, patienceMs: 100 })
    const { release } = await lock.holdAppends()
    const decision = sending(bobId)
    const appended = store.append(decision)
    await lock.untilAppendsWait(1)
    await proxy.close()
    await t.rejects(appended, { code: 'unavailable', reason: /may be recorded, or not/ })
    await release()
    await until('the request is recorded', async () => (await positions(decision.streamId)).length)
  },
)

/** The positions of each request in the log, and those that its caller learned. */
async function recordedAndReported(sent: Awaited<ReturnType<typeof inTwoBatches>>) {
  const reported = (await sent.results).map((result) =>
    result.status === 'fulfilled' ? [result.value.position] : result.reason,
  )
  const recorded: string[][] = []
  for (const { streamId } of sent.decisions) recorded.push(await positions(streamId))
  return [recorded, reported] as const
}

t.test('both batches on their way are doubtful when their connection breaks', async (t) => {
  const proxy = await proxied(t, url)
  const writer = start({ through: proxy.url })
  const sent = await inTwoBatches(writer)
  proxy.cut()
  await lock.untilAppendsWait(2)
  await sent.release()
  t.strictSame(...(await recordedAndReported(sent)))
  t.equal(writer.troubles.length, 1, 'the loss is reported once')
})

t.test('both batches on their way are found when their answers are lost', async (t) => {
  const proxy = await proxied(t, url)
  const writer = start({ through: proxy.url })
  const sent = await inTwoBatches(writer)
  const lost = proxy.loseAnswer('results')
  await sent.release()
  await lost
  t.strictSame(...(await recordedAndReported(sent)))
})

t.test('a second batch that arrives after its second attempt changes nothing', async (t) => {
  const proxy = await proxied(t, url)
  const writer = start({ through: proxy.url })
  const kept = proxy.keepBack(contentOfSecond)
  const sent = await inTwoBatches(writer)
  const deliver = await kept
  await lock.untilAppendsWait(2)
  await sent.release()
  t.strictSame(...(await recordedAndReported(sent)))
  const log = await endOfLog()
  deliver()
  await until('the first attempt is over', async () => (await endOfLog()) > log)
  t.strictSame(...(await recordedAndReported(sent)))
})
