// A queue: what waits in it is bounded and never miscounted, and a batch holds what it may.
import fc from 'fast-check'
import t from 'tap'
import type { PendingAppend } from '../../../../src/platform/event-store/writer/pending-append.ts'
import { Queue } from '../../../../src/platform/event-store/writer/queue.ts'
import { waiting } from '../../../support/event-store/pending-appends.ts'

t.test('the first in a queue goes next, whatever its size, and the rest as far as it fits', (t) => {
  const queue = new Queue({ waiting: 9, waitingSize: 1000, batch: 9, batchSize: 20 })
  const [large, small, other] = [waiting({ size: 50 }), waiting({ size: 15 }), waiting()]
  for (const each of [small, large, other]) queue.add(each)
  t.strictSame(queue.take(), [small])
  t.strictSame(queue.take(), [large])
  t.strictSame(queue.take(), [other])
  t.end()
})

t.test('what counts in a batch is events, and a command that has more goes alone', (t) => {
  const queue = new Queue({ waiting: 9, waitingSize: 1000, batch: 4, batchSize: 1000 })
  const [one, two, three, nine] = [1, 2, 3, 9].map((events) => waiting({ events }))
  for (const each of [two, nine, three, one]) queue.add(each as PendingAppend)
  t.strictSame(queue.take(), [two, one])
  t.strictSame(queue.take(), [nine])
  t.strictSame(queue.take(), [three])
  t.end()
})

t.test('a queue refuses by number and by size, and takes again once somebody has gone', (t) => {
  const overloaded = { code: 'overloaded' }
  const few = new Queue({ waiting: 2, waitingSize: 1000, batch: 1, batchSize: 1000 })
  few.add(waiting())
  few.add(waiting())
  t.throws(() => few.add(waiting()), overloaded)
  few.take()
  few.add(waiting())

  const light = new Queue({ waiting: 9, waitingSize: 20, batch: 1, batchSize: 20 })
  light.add(waiting({ size: 50 }))
  t.throws(() => light.add(waiting({ size: 1 })), overloaded)
  light.take()
  light.add(waiting({ size: 1 }))
  t.equal(light.length, 1)
  t.end()
})

// Whatever has happened, a queue that is empty takes exactly as much as a new one.
t.test('after any history nothing is lost, doubled or miscounted', (t) => {
  const one = {
    size: fc.integer({ min: 1, max: 30 }),
    stream: fc.constantFrom('a', 'b', 'c'),
    actor: fc.constantFrom('ann', 'bob', 'eve'),
  }
  const act = fc.oneof(
    fc.record(one),
    fc.record({ olderThan: fc.nat(6) }),
    fc.constant('take' as const),
  )
  const bounds = { waiting: 6, waitingSize: 60, batch: 3, batchSize: 30 }
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.boolean(), (acts, byTurns) => {
      const queue = new Queue({ ...bounds, byTurns })
      const inside = new Set<PendingAppend>()
      let refused = false // the newcomer, or somebody who gave way to him
      const out = (taken: readonly PendingAppend[]) => {
        for (const each of taken) if (!inside.delete(each)) throw new Error('given out twice')
      }
      for (const each of acts) {
        if (each === 'take') out(queue.take())
        else if ('olderThan' in each) {
          const { since = Number.POSITIVE_INFINITY } = [...inside][each.olderThan] ?? {}
          out(queue.takeOlder(since))
        } else {
          const size = [...inside].reduce((sum, { request }) => sum + request.json.length, 0)
          const full = inside.size >= bounds.waiting || (size >= bounds.waitingSize && size > 0)
          refused = false
          const next: PendingAppend = waiting({
            ...each,
            streams: [each.stream],
            onRefused: () => {
              refused = true
              out([next])
            },
          })
          try {
            queue.add(next)
            inside.add(next)
          } catch {
            refused = true
          }
          if (refused !== full) throw new Error(`refused: ${refused}, full: ${full}`)
        }
        if (queue.length !== inside.size) throw new Error(`${queue.length} of ${inside.size}`)
      }
    }),
  )
  t.pass('no counterexample')
  t.end()
})
