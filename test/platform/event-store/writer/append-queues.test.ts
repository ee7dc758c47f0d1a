// AppendQueues: a stream is in a batch once, and whoever was refused lately takes no more of the writer's
// time than is his.
import t from 'tap'
import { AppendQueues } from '../../../../src/platform/event-store/writer/append-queues.ts'
import type { PendingAppend } from '../../../../src/platform/event-store/writer/pending-append.ts'
import { waiting } from '../../../support/event-store/pending-appends.ts'

/** AppendQueues with a clock that the test moves. */
function lanesAt(start: number) {
  const clock = { now: start }
  return { clock, queues: new AppendQueues(() => clock.now) }
}

const actors = (batch: readonly PendingAppend[]) => batch.map(({ request }) => request.actor)

t.test('whoever came first goes first, as many at once as a batch may hold', (t) => {
  const { queues } = lanesAt(0)
  const all = Array.from({ length: 300 }, () => waiting())
  for (const each of all) queues.add(each)
  t.strictSame(queues.next().batch, all.slice(0, 256))
  t.strictSame(queues.next().batch, all.slice(256))
  t.equal(queues.length, 0)
  t.end()
})

t.test('of two commands on one stream the second goes in the next batch', (t) => {
  const { queues } = lanesAt(0)
  const [one, both, other] = [['a'], ['b', 'a'], ['b']].map((streams) => waiting({ streams }))
  for (const each of [one, both, other]) queues.add(each as PendingAppend)
  t.strictSame(queues.next().batch, [one, other])
  t.strictSame(queues.next().batch, [both])
  t.end()
})

t.test('who was refused travels apart, few at a time, until a minute later', (t) => {
  const { clock, queues } = lanesAt(1_000)
  queues.penalize('eve')
  for (let n = 0; n < 6; n += 1) {
    queues.add(waiting({ actor: 'eve' }))
    queues.add(waiting({ actor: 'ann' }))
  }
  t.strictSame(actors(queues.next().batch), Array(4).fill('eve'))
  t.strictSame(actors(queues.next().batch), Array(2).fill('eve'), 'who took no time need not rest')
  t.strictSame(actors(queues.next().batch), Array(6).fill('ann'))

  clock.now += 59_999
  queues.add(waiting({ actor: 'eve' }))
  queues.add(waiting({ actor: 'ann' }))
  t.strictSame(actors(queues.next().batch), ['eve'], 'still apart')
  queues.next()
  clock.now += 1
  queues.add(waiting({ actor: 'eve' }))
  queues.add(waiting({ actor: 'ann' }))
  t.strictSame(actors(queues.next().batch), ['eve', 'ann'], 'forgiven')
  t.end()
})

t.test('among penalized the first of each goes before the second of any', (t) => {
  const { queues } = lanesAt(0)
  for (const actor of ['eve', 'ann', 'bob']) queues.penalize(actor)
  for (const actor of ['eve', 'eve', 'eve', 'ann', 'eve', 'bob', 'ann', 'eve']) {
    queues.add(waiting({ actor }))
  }
  t.strictSame(actors(queues.next().batch), ['eve', 'ann', 'bob', 'eve'])
  t.strictSame(actors(queues.next().batch), ['ann', 'eve', 'eve', 'eve'])
  t.end()
})

t.test('a penalize who fills the queue, by number or by size, keeps nobody out', (t) => {
  for (const [size, many] of [
    [10, 244],
    [2 ** 20, 4],
  ] as const) {
    const { queues } = lanesAt(0)
    for (const actor of ['eve', 'ann', 'bob', 'carol']) queues.penalize(actor)
    const refused: number[] = []
    for (let n = -6; n < 0; n += 1) {
      queues.add(waiting({ actor: 'carol', size: 1_000, onRefused: () => refused.push(n) }))
    }
    for (let n = 0; n < many; n += 1) {
      queues.add(waiting({ actor: 'eve', size, onRefused: () => refused.push(n) }))
    }
    const overloaded = { code: 'overloaded' }
    t.throws(() => queues.add(waiting({ actor: 'eve', size })), overloaded, 'but for himself')
    for (const actor of ['ann', 'bob', 'ann']) queues.add(waiting({ actor }))
    // By size there is room once one of eve's is gone, which was as large as all others together.
    t.strictSame(refused, size === 10 ? [243, 242, 241] : [3])
    const next = actors(queues.next().batch)
    t.ok(next.includes('ann') && next.includes('bob'), 'and they go next')
  }
  t.end()
})

t.test('penalized have a third of the time, and everybody else the rest', (t) => {
  const { clock, queues } = lanesAt(0)
  queues.penalize('eve')
  const took = { eve: 0, ann: 0 }
  for (let n = 0; n < 250; n += 1) {
    for (const actor of ['eve', 'ann'] as const) queues.add(waiting({ actor }))
    const { batch, settle } = queues.next()
    const actor = batch[0]?.request.actor as 'eve' | 'ann'
    const ms = actor === 'eve' ? 20 : 3
    clock.now += ms
    settle(ms)
    took[actor] += ms
  }
  const share = took.eve / (took.eve + took.ann)
  t.ok(share > 0.25 && share <= 0.34, `${share}`)
  t.end()
})

t.test('a batch of penalized that took an outage does not keep them for as long', (t) => {
  const { clock, queues } = lanesAt(0)
  queues.penalize('eve')
  queues.add(waiting({ actor: 'eve' }))
  queues.next().settle(10_000)
  for (const actor of ['eve', 'ann']) queues.add(waiting({ actor }))
  t.strictSame(actors(queues.next().batch), ['ann'])
  clock.now += 250
  queues.add(waiting({ actor: 'ann' }))
  t.strictSame(actors(queues.next().batch), ['eve'])
  t.end()
})

t.test('while penalized rest alone, the first other who comes ends the wait', async (t) => {
  const { clock, queues } = lanesAt(0)
  queues.penalize('eve')
  queues.add(waiting({ actor: 'eve' }))
  queues.next().settle(10_000)
  queues.add(waiting({ actor: 'eve' }))
  let ready = false
  const whenReady = queues.ready().then(() => {
    ready = true
  })
  await turns()
  t.notOk(ready)
  queues.add(waiting({ actor: 'ann' }))
  await turns()
  t.ok(ready)
  await whenReady
  t.strictSame(actors(queues.next().batch), ['ann'])
  clock.now += 250
  await queues.ready()
  t.strictSame(actors(queues.next().batch), ['eve'])
})

/** Long enough for what has happened to be noticed, and shorter than any rest. */
async function turns(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

t.test('the oldest penalize is forgotten when ten thousand others came after him', (t) => {
  const { queues } = lanesAt(0)
  for (let n = 0; n <= 10_000; n += 1) queues.penalize(`eve ${n}`)
  for (const actor of ['eve 0', 'eve 1', 'eve 10000']) queues.add(waiting({ actor }))
  t.strictSame(actors(queues.next().batch), ['eve 1', 'eve 10000'])
  t.strictSame(actors(queues.next().batch), ['eve 0'])
  t.end()
})
