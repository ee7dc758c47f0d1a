// A single caller has no others to share a batch with, so its request and its result do not wait for the end of a turn
// of the event loop.
import t from 'tap'
import { addMany, queuesAt } from '../../../support/event-store/pending-appends.ts'
import { bobId } from '../../../support/event-store/stories.ts'
import { bytesSent, sending, unknownId, writing } from '../../../support/event-store/writing.ts'

const { start } = await writing(t)

/** A writer after eight batches of one request. */
async function startForOne() {
  // On a busy machine, an append can wait for the free append lock. The clock runs past each hold-back.
  let now = 0
  const after = (ms: number, run: () => void) => void setTimeout(run, ms)
  const started = start({ clock: { now: () => (now += 20), after } })
  for (let n = 0; n < 8; n += 1) {
    await started.store.append(sending(bobId))
    await new Promise(setImmediate)
  }
  return started
}

t.test(
  'the request of a single caller is sent before the turn of the event loop ends',
  async (t) => {
    const { store, connection } = await startForOne()
    const sent = await bytesSent(connection)
    const before = sent()
    const sentInTurn = new Promise<number>((resolve) => setImmediate(() => resolve(sent())))
    await store.append(sending(bobId))
    t.ok((await sentInTurn) > before)
  },
)

t.test('a single caller gets its result in the turn of the event loop that reads it', async (t) => {
  const { store, connection } = await startForOne()
  const { stream } = (await connection.open()).connection
  const order: string[] = []
  stream.once('data', () => setImmediate(() => order.push('the turn ended')))
  await store.append(sending(bobId))
  order.push('the caller had its result')
  await new Promise(setImmediate)
  t.strictSame(order, ['the caller had its result', 'the turn ended'])
})

t.test('two requests that a single caller sends at once share a batch', async (t) => {
  const { store } = await startForOne()
  const [first, second] = await Promise.all([bobId, bobId].map((to) => store.append(sending(to))))
  t.strictSame(first?.recordedAt, second?.recordedAt, 'both have the time of one append')
  const both = await Promise.allSettled([unknownId, bobId].map((to) => store.append(sending(to))))
  t.match(both, [{ reason: { code: 'recipient_unknown' } }, { status: 'fulfilled' }])
})

t.test('a caller is alone after eight batches of one request, with which no other waited', (t) => {
  const { queues } = queuesAt(0)
  const answer = (sent: number, waiting = 0) => {
    addMany(queues, sent)
    const batch = queues.next()
    addMany(queues, waiting)
    queues.reportAnswered(batch, 1)
    queues.next()
    return queues.isCallerAlone
  }
  const answerEight = () => Array.from({ length: 8 }, () => answer(1))
  const onlyAtLast = [...Array(7).fill(false), true]
  t.strictSame(answerEight(), onlyAtLast)
  t.notOk(answer(2), 'after a batch of two')
  t.strictSame(answerEight(), onlyAtLast)
  t.notOk(answer(1, 1), 'after another request that waited')
  t.strictSame(answerEight(), onlyAtLast)
  t.end()
})
