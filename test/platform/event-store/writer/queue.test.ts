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

const bounds = { waiting: 6, waitingSize: 60, batch: 3, batchSize: 30 }

type Act =
  | { readonly size: number; readonly stream: string; readonly actor: string }
  | { readonly olderThan: number }
  | 'take'

/** A queue, and the requests that should be in it. */
class WatchedQueue {
  readonly #queue: Queue
  readonly #inside = new Set<PendingAppend>()
  /** Whether the present act led to a rejection: of the newcomer, or of a request that gave way to it. */
  #rejected = false

  constructor(byTurns: boolean) {
    this.#queue = new Queue({ ...bounds, byTurns })
  }

  /** Throws when the queue loses, doubles or miscounts a request. */
  run(act: Act): void {
    if (act === 'take') this.#handOut(this.#queue.take())
    else if ('olderThan' in act) {
      const { since = Number.POSITIVE_INFINITY } = [...this.#inside][act.olderThan] ?? {}
      this.#handOut(this.#queue.takeOlder(since))
    } else this.#add(act)
    const [length, expected] = [this.#queue.length, this.#inside.size]
    if (length !== expected) throw new Error(`the queue has length ${length}, expected ${expected}`)
  }

  #add({ stream, ...request }: Exclude<Act, 'take' | { olderThan: number }>): void {
    const size = [...this.#inside].reduce((sum, { request }) => sum + request.size, 0)
    const full = this.#inside.size >= bounds.waiting || (size >= bounds.waitingSize && size > 0)
    this.#rejected = false
    const next: PendingAppend = pendingAppend({
      ...request,
      streams: [stream],
      onRejected: () => {
        this.#rejected = true
        this.#handOut([next])
      },
    })
    try {
      this.#queue.add(next)
      this.#inside.add(next)
    } catch {
      this.#rejected = true
    }
    if (this.#rejected !== full) throw new Error(`rejected: ${this.#rejected}, full: ${full}`)
  }

  #handOut(taken: readonly PendingAppend[]): void {
    for (const each of taken) if (!this.#inside.delete(each)) throw new Error('handed out twice')
  }
}

// After any history, an empty queue takes exactly as much as a new one.
t.test('A queue never loses, doubles or miscounts a request in any history', (t) => {
  const one = {
    size: fc.integer({ min: 1, max: 30 }),
    stream: fc.constantFrom('a', 'b', 'c'),
    actor: fc.constantFrom('ann', 'bob', 'eve'),
  }
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.record(one),
    fc.record({ olderThan: fc.nat(6) }),
    fc.constant('take' as const),
  )
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.boolean(), (acts, byTurns) => {
      const queue = new WatchedQueue(byTurns)
      for (const each of acts) queue.run(each)
    }),
  )
  t.pass('no counterexample')
  t.end()
})
