// The queues of the writer: a batch has each stream once, and recently rejected actors get no more than
// their share of the writer's time.
import t from 'tap'
import { AppendQueues } from '../../../../src/platform/event-store/writer/append-queues.ts'
import type { PendingAppend } from '../../../../src/platform/event-store/writer/pending-append.ts'
import { pendingAppend } from '../../../support/event-store/pending-appends.ts'

/** Queues with a clock that the test moves. */
function queuesAt(start: number) {
  const clock = { now: start }
  return { clock, queues: new AppendQueues(() => clock.now) }
}

const actors = (batch: readonly PendingAppend[]) => batch.map(({ request }) => request.actor)

t.test('append requests leave the queue in the order of arrival, up to 256 in a batch', (t) => {
  const { queues } = queuesAt(0)
  const all = Array.from({ length: 300 }, () => pendingAppend())
  for (const each of all) queues.add(each)
  t.strictSame(queues.next().batch, all.slice(0, 256))
  t.strictSame(queues.next().batch, all.slice(256))
  t.equal(queues.length, 0)
  t.end()
})

t.test('of two append requests on one stream the second goes in the next batch', (t) => {
  const { queues } = queuesAt(0)
  const [one, both, other] = [['a'], ['b', 'a'], ['b']].map((streams) => pendingAppend({ streams }))
  for (const each of [one, both, other]) queues.add(each as PendingAppend)
  t.strictSame(queues.next().batch, [one, other])
  t.strictSame(queues.next().batch, [both])
  t.end()
})

t.test('the requests of a penalized actor go in small batches of their own for a minute', (t) => {
  const { clock, queues } = queuesAt(1_000)
  queues.penalize('eve')
  for (let n = 0; n < 6; n += 1) {
    queues.add(pendingAppend({ actor: 'eve' }))
    queues.add(pendingAppend({ actor: 'ann' }))
  }
  t.strictSame(actors(queues.next().batch), Array(4).fill('eve'))
  t.strictSame(
    actors(queues.next().batch),
    Array(2).fill('eve'),
    'a batch that took no time causes no cool-down',
  )
  t.strictSame(actors(queues.next().batch), Array(6).fill('ann'))

  clock.now += 59_999
  queues.add(pendingAppend({ actor: 'eve' }))
  queues.add(pendingAppend({ actor: 'ann' }))
  t.strictSame(actors(queues.next().batch), ['eve'], 'eve is still penalized')
  queues.next()
  clock.now += 1
  queues.add(pendingAppend({ actor: 'eve' }))
  queues.add(pendingAppend({ actor: 'ann' }))
  t.strictSame(actors(queues.next().batch), ['eve', 'ann'], 'the penalty of eve is over')
  t.end()
})

t.test('penalized actors take turns', (t) => {
  const { queues } = queuesAt(0)
  for (const actor of ['eve', 'ann', 'bob']) queues.penalize(actor)
  for (const actor of ['eve', 'eve', 'eve', 'ann', 'eve', 'bob', 'ann', 'eve']) {
    queues.add(pendingAppend({ actor }))
  }
  t.strictSame(actors(queues.next().batch), ['eve', 'ann', 'bob', 'eve'])
  t.strictSame(actors(queues.next().batch), ['ann', 'eve', 'eve', 'eve'])
  t.end()
})

t.test(
  'a penalized actor who fills the penalty box, by number or size, keeps no other actor out',
  (t) => {
    for (const [size, many] of [
      [10, 244],
      [2 ** 20, 4],
    ] as const) {
      const { queues } = queuesAt(0)
      for (const actor of ['eve', 'ann', 'bob', 'carol']) queues.penalize(actor)
      const rejected: number[] = []
      for (let n = -6; n < 0; n += 1) {
        queues.add(
          pendingAppend({ actor: 'carol', size: 1_000, onRejected: () => rejected.push(n) }),
        )
      }
      for (let n = 0; n < many; n += 1) {
        queues.add(pendingAppend({ actor: 'eve', size, onRejected: () => rejected.push(n) }))
      }
      const overloaded = { code: 'overloaded' }
      t.throws(
        () => queues.add(pendingAppend({ actor: 'eve', size })),
        overloaded,
        'the actor who fills it is rejected',
      )
      for (const actor of ['ann', 'bob', 'ann']) queues.add(pendingAppend({ actor }))
      // By size there is room once one request of eve is gone, as large as all the other requests together.
      t.strictSame(rejected, size === 10 ? [243, 242, 241] : [3])
      const next = actors(queues.next().batch)
      t.ok(next.includes('ann') && next.includes('bob'), 'the others go in the next batch')
    }
    t.end()
  },
)

t.test('penalized actors get a third of the time of the writer', (t) => {
  const { clock, queues } = queuesAt(0)
  queues.penalize('eve')
  const took = { eve: 0, ann: 0 }
  for (let n = 0; n < 250; n += 1) {
    for (const actor of ['eve', 'ann'] as const) queues.add(pendingAppend({ actor }))
    const { batch, settle } = queues.next()
    const actor = batch[0]?.request.actor as 'eve' | 'ann'
    const ms = actor === 'eve' ? 20 : 3
    clock.now += ms
    settle(ms)
    took[actor] += ms
  }
  const share = took.eve / (took.eve + took.ann)
  t.ok(share > 0.25 && share <= 0.34, `the share of eve is ${share}`)
  t.end()
})

t.test('the cool-down after an outage is limited to 250 ms', (t) => {
  const { clock, queues } = queuesAt(0)
  queues.penalize('eve')
  queues.add(pendingAppend({ actor: 'eve' }))
  queues.next().settle(10_000)
  for (const actor of ['eve', 'ann']) queues.add(pendingAppend({ actor }))
  t.strictSame(actors(queues.next().batch), ['ann'])
  clock.now += 250
  queues.add(pendingAppend({ actor: 'ann' }))
  t.strictSame(actors(queues.next().batch), ['eve'])
  t.end()
})

t.test('a request of another actor ends the wait for a cool-down', async (t) => {
  const { clock, queues } = queuesAt(0)
  queues.penalize('eve')
  queues.add(pendingAppend({ actor: 'eve' }))
  queues.next().settle(10_000)
  queues.add(pendingAppend({ actor: 'eve' }))
  let ready = false
  const whenReady = queues.ready().then(() => {
    ready = true
  })
  await turns()
  t.notOk(ready)
  queues.add(pendingAppend({ actor: 'ann' }))
  await turns()
  t.ok(ready)
  await whenReady
  t.strictSame(actors(queues.next().batch), ['ann'])
  clock.now += 250
  await queues.ready()
  t.strictSame(actors(queues.next().batch), ['eve'])
})

/** Long enough for pending promises to settle, and shorter than any cool-down. */
async function turns(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

t.test('the oldest of more than ten thousand penalties is dropped', (t) => {
  const { queues } = queuesAt(0)
  for (let n = 0; n <= 10_000; n += 1) queues.penalize(`eve ${n}`)
  for (const actor of ['eve 0', 'eve 1', 'eve 10000']) queues.add(pendingAppend({ actor }))
  t.strictSame(actors(queues.next().batch), ['eve 1', 'eve 10000'])
  t.strictSame(actors(queues.next().batch), ['eve 0'])
  t.end()
})
