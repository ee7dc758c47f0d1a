// One queue: it is bounded, never miscounts, and keeps its batches within their limits.
import fc from 'fast-check'
import t from 'tap'
import type { PendingAppend } from '../../../../src/platform/event-store/writer/pending-append.ts'
import { Queue } from '../../../../src/platform/event-store/writer/queue.ts'
import { pendingAppend } from '../../../support/event-store/pending-appends.ts'

t.test('a batch starts with the first request of any size, and the rest as far as it fits', (t) => {
  const queue = new Queue({ waiting: 9, waitingSize: 1000, batch: 9, batchSize: 20 })
  const [large, small, other] = [
    pendingAppend({ size: 50 }),
    pendingAppend({ size: 15 }),
    pendingAppend(),
  ]
  for (const each of [small, large, other]) queue.add(each)
  t.strictSame(queue.take(), [small])
  t.strictSame(queue.take(), [large])
  t.strictSame(queue.take(), [other])
  t.end()
})

t.test('a batch is limited by events, and a request with more events goes alone', (t) => {
  const queue = new Queue({ waiting: 9, waitingSize: 1000, batch: 4, batchSize: 1000 })
  const [one, two, three, nine] = [1, 2, 3, 9].map((events) => pendingAppend({ events }))
  for (const each of [two, nine, three, one]) queue.add(each as PendingAppend)
  t.strictSame(queue.take(), [two, one])
  t.strictSame(queue.take(), [nine])
  t.strictSame(queue.take(), [three])
  t.end()
})

t.test('a full queue rejects by number and by size until a request has left', (t) => {
  const overloaded = { code: 'overloaded' }
  const few = new Queue({ waiting: 2, waitingSize: 1000, batch: 1, batchSize: 1000 })
  few.add(pendingAppend())
  few.add(pendingAppend())
  t.throws(() => few.add(pendingAppend()), overloaded)
  few.take()
  few.add(pendingAppend())

  const light = new Queue({ waiting: 9, waitingSize: 20, batch: 1, batchSize: 20 })
  light.add(pendingAppend({ size: 50 }))
  t.throws(() => light.add(pendingAppend({ size: 1 })), overloaded)
  light.take()
  light.add(pendingAppend({ size: 1 }))
  t.equal(light.length, 1)
  t.end()
})

// After any history, an empty queue takes exactly as much as a new one.
t.test('a queue never loses, doubles or miscounts a request in any history', (t) => {
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
      let rejected = false // the newcomer, or a request that gave way to it
      const out = (taken: readonly PendingAppend[]) => {
        for (const each of taken) if (!inside.delete(each)) throw new Error('handed out twice')
      }
      for (const each of acts) {
        if (each === 'take') out(queue.take())
        else if ('olderThan' in each) {
          const { since = Number.POSITIVE_INFINITY } = [...inside][each.olderThan] ?? {}
          out(queue.takeOlder(since))
        } else {
          const size = [...inside].reduce((sum, { request }) => sum + request.json.length, 0)
          const full = inside.size >= bounds.waiting || (size >= bounds.waitingSize && size > 0)
          rejected = false
          const next: PendingAppend = pendingAppend({
            ...each,
            streams: [each.stream],
            onRejected: () => {
              rejected = true
              out([next])
            },
          })
          try {
            queue.add(next)
            inside.add(next)
          } catch {
            rejected = true
          }
          if (rejected !== full) throw new Error(`rejected: ${rejected}, full: ${full}`)
        }
        if (queue.length !== inside.size)
          throw new Error(`the queue has length ${queue.length}, expected ${inside.size}`)
      }
    }),
  )
  t.pass('no counterexample')
  t.end()
})
