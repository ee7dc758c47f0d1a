// The queues of the writer: a batch has each stream once, and recently rejected actors get no more than
// their share of the writer's time.
import t from 'tap'
import type { PendingAppend } from '../../../../src/platform/event-store/writer/pending-append.ts'
import { addMany, pendingAppend, queuesAt } from '../../../support/event-store/pending-appends.ts'

const actors = (batch: readonly PendingAppend[]) => batch.map(({ request }) => request.actor)

t.test('append requests leave the queue in the order of arrival, up to 256 in a batch', (t) => {
  const { queues } = queuesAt(0)
  const all = Array.from({ length: 300 }, () => pendingAppend())
  for (const each of all) queues.add(each)
  t.strictSame(queues.next().requests, all.slice(0, 256))
  t.strictSame(queues.next().requests, all.slice(256))
  t.equal(queues.length, 0)
  t.end()
})

t.test('of two append requests on one stream the second goes in the next batch', (t) => {
  const { queues } = queuesAt(0)
  const [one, both, other] = [['a'], ['b', 'a'], ['b']].map((streams) => pendingAppend({ streams }))
  for (const each of [one, both, other]) queues.add(each as PendingAppend)
  t.strictSame(queues.next().requests, [one, other])
  t.strictSame(queues.next().requests, [both])
  t.end()
})

t.test('the requests of a penalized actor go in small batches of their own for a minute', (t) => {
  const { clock, queues } = queuesAt(1_000)
  queues.penalize('eve')
  for (let n = 0; n < 6; n += 1) {
    queues.add(pendingAppend({ actor: 'eve' }))
    queues.add(pendingAppend({ actor: 'ann' }))
  }
  t.strictSame(actors(queues.next().requests), Array(4).fill('eve'))
  t.strictSame(
    actors(queues.next().requests),
    Array(2).fill('eve'),
    'a batch that took no time causes no cool-down',
  )
  t.strictSame(actors(queues.next().requests), Array(6).fill('ann'))

  clock.now += 59_999
  queues.add(pendingAppend({ actor: 'eve' }))
  queues.add(pendingAppend({ actor: 'ann' }))
  t.strictSame(actors(queues.next().requests), ['eve'], 'eve is still penalized')
  queues.next()
  clock.now += 1
  queues.add(pendingAppend({ actor: 'eve' }))
  queues.add(pendingAppend({ actor: 'ann' }))
  t.strictSame(actors(queues.next().requests), ['eve', 'ann'], 'the penalty of eve is over')
  t.end()
})

t.test('penalized actors take turns', (t) => {
  const { queues } = queuesAt(0)
  for (const actor of ['eve', 'ann', 'bob']) queues.penalize(actor)
  for (const actor of ['eve', 'eve', 'eve', 'ann', 'eve', 'bob', 'ann', 'eve']) {
    queues.add(pendingAppend({ actor }))
  }
  t.strictSame(actors(queues.next().requests), ['eve', 'ann', 'bob', 'eve'])
  t.strictSame(actors(queues.next().requests), ['ann', 'eve', 'eve', 'eve'])
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
      const next = actors(queues.next().requests)
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
    const batch = queues.next()
    const actor = batch.requests[0]?.request.actor as 'eve' | 'ann'
    const ms = actor === 'eve' ? 20 : 3
    clock.now += ms
    queues.reportAnswered(batch, ms)
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
  queues.reportAnswered(queues.next(), 10_000)
  for (const actor of ['eve', 'ann']) queues.add(pendingAppend({ actor }))
  t.strictSame(actors(queues.next().requests), ['ann'])
  clock.now += 250
  queues.add(pendingAppend({ actor: 'ann' }))
  t.strictSame(actors(queues.next().requests), ['eve'])
  t.end()
})

t.test('penalized requests wait for a cool-down, those of other actors do not', (t) => {
  const { clock, queues } = queuesAt(0)
  queues.penalize('eve')
  queues.add(pendingAppend({ actor: 'eve' }))
  queues.reportAnswered(queues.next(), 10_000)
  queues.add(pendingAppend({ actor: 'eve' }))
  t.equal(queues.delay(), 250)
  queues.add(pendingAppend({ actor: 'ann' }))
  t.ok(queues.delay() <= 0)
  t.strictSame(actors(queues.next().requests), ['ann'])
  clock.now += 250
  t.ok(queues.delay() <= 0)
  t.strictSame(actors(queues.next().requests), ['eve'])
  t.end()
})

/** Adds as many requests of Ann. */
t.test('a second batch goes when it has 8 requests, and half of those of the first', (t) => {
  const { queues } = queuesAt(0)
  addMany(queues, 1)
  const one = queues.next()
  addMany(queues, 7)
  t.equal(queues.nextBeside(one), undefined)
  addMany(queues, 1)
  t.equal(queues.nextBeside(one)?.requests.length, 8)

  addMany(queues, 30)
  const thirty = queues.next()
  addMany(queues, 14)
  t.equal(queues.nextBeside(thirty), undefined)
  addMany(queues, 1)
  t.equal(queues.nextBeside(thirty)?.requests.length, 15)
  t.end()
})

t.test('a second batch has no stream of the first', (t) => {
  const { queues } = queuesAt(0)
  queues.add(pendingAppend({ streams: ['a', 'b'] }))
  const first = queues.next()
  for (let n = 0; n < 8; n += 1) queues.add(pendingAppend({ streams: ['b'] }))
  t.equal(queues.nextBeside(first), undefined, 'there is no empty batch')
  addMany(queues, 2)
  t.equal(queues.nextBeside(first)?.requests.length, 2)
  t.strictSame(queues.next().requests[0]?.request.streams, ['b'])
  t.equal(queues.length, 7)
  t.end()
})

t.test('no batch goes beside one of penalized actors, or before one that is due', (t) => {
  const { clock, queues } = queuesAt(0)
  queues.penalize('eve')
  queues.add(pendingAppend({ actor: 'eve' }))
  addMany(queues, 10)
  const penalized = queues.next()
  t.strictSame(actors(penalized.requests), ['eve'])
  t.equal(queues.nextBeside(penalized), undefined)
  queues.reportAnswered(penalized, 10)

  queues.add(pendingAppend({ actor: 'eve' }))
  const first = queues.next()
  t.equal(first.requests.length, 10)
  addMany(queues, 10)
  clock.now += 20
  t.equal(queues.nextBeside(first), undefined, 'the cool-down of 20 ms is over')
  clock.now -= 1
  t.equal(queues.nextBeside(first)?.requests.length, 10, 'the cool-down lasts')
  t.end()
})

t.test('a batch is held back for as long as the last ones waited for the lock on average', (t) => {
  const { clock, queues } = queuesAt(0)
  addMany(queues, 20)
  const first = queues.next()
  addMany(queues, 20)
  queues.reportLockWait(4)
  t.equal(queues.delay(), 1, 'a quarter of a first wait')
  queues.reportLockWait(5)
  t.equal(queues.delay(), 2)
  t.equal(queues.nextBeside(first), undefined, 'nothing goes beside another batch meanwhile')
  clock.now += 2
  t.equal(queues.delay(), 0)
  queues.reportLockWait(0)
  t.equal(queues.delay(), 1.5, 'a lock that was free once says little')
  for (let n = 0; n < 100; n += 1) queues.reportLockWait(1_000)
  t.ok(queues.delay() > 9.9 && queues.delay() <= 10, 'for 10 ms at most')
  for (let n = 0; n < 20; n += 1) queues.reportLockWait(0.1)
  t.equal(queues.delay(), 0, 'taking a free lock takes a moment, too')
  t.equal(queues.nextBeside(first)?.requests.length, 20)
  t.end()
})

t.test('the oldest of more than ten thousand penalties is dropped', (t) => {
  const { queues } = queuesAt(0)
  for (let n = 0; n <= 10_000; n += 1) queues.penalize(`eve ${n}`)
  for (const actor of ['eve 0', 'eve 1', 'eve 10000']) queues.add(pendingAppend({ actor }))
  t.strictSame(actors(queues.next().requests), ['eve 1', 'eve 10000'])
  t.strictSame(actors(queues.next().requests), ['eve 0'])
  t.end()
})
