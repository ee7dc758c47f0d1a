// The fair queue limits how much work runs at once and how much waits. Keys take turns.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { createFairQueue, type FairBounds } from '../../src/platform/fair-queue.ts'

/** Work that ends when the test calls `end`. */
function bench() {
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  const work = (id: number) => () => {
    begun.push(id)
    return new Promise<number>((resolve) => ends.set(id, () => resolve(id)))
  }
  const end = async (id: number) => {
    ends.get(id)?.()
    await setImmediate()
  }
  return { begun, work, end }
}

t.test(
  'a fair queue runs no more work at once than its concurrency, and the rest in order',
  async (t) => {
    const { begun, work, end } = bench()
    const queue = createFairQueue({ concurrency: 2, maxWaiting: 3 })
    const results = [1, 2, 3, 4, 5].map((id) => queue({ key: 'a' }, work(id)))
    t.same(begun, [1, 2])
    await end(2)
    t.same(begun, [1, 2, 3])
    await end(1)
    t.same(begun, [1, 2, 3, 4])
    for (const id of [3, 4, 5]) await end(id)
    t.same(
      await Promise.all(results),
      [1, 2, 3, 4, 5],
      'each call returns the result of its own work',
    )
  },
)

t.test('a fair queue with a full queue rejects new work at once and never starts it', async (t) => {
  const { begun, work, end } = bench()
  const queue = createFairQueue({ concurrency: 1, maxWaiting: 1 })
  const kept = [queue({ key: 'a' }, work(1)), queue({ key: 'a' }, work(2))]
  await t.rejects(queue({ key: 'a' }, work(3)), { code: 'overloaded' })
  await end(1)
  await end(2)
  await Promise.all(kept)
  t.same(begun, [1, 2])
  const after = queue({ key: 'a' }, work(4))
  await end(4)
  t.equal(await after, 4, 'the queue has room again')
})

t.test('a fair queue is busy while new work would have to wait', async (t) => {
  const { work, end } = bench()
  const queue = createFairQueue({ concurrency: 1, maxWaiting: 1 })
  t.equal(queue.isBusy(), false)
  const [first, second] = [queue({ key: 'a' }, work(1)), queue({ key: 'a' }, work(2))]
  t.equal(queue.isBusy(), true)
  await end(1)
  await first
  t.equal(queue.isBusy(), true, 'the place went to the waiting work')
  await end(2)
  await second
  t.equal(queue.isBusy(), false)
})

t.test('work that fails releases its place in the fair queue', async (t) => {
  const queue = createFairQueue({ concurrency: 1, maxWaiting: 5 })
  const failures = [1, 2, 3].map((n) =>
    queue({ key: 'a' }, () => Promise.reject(new Error(`failure ${n}`))),
  )
  const last = queue({ key: 'a' }, async () => 'done')
  for (const [index, failure] of failures.entries()) {
    await t.rejects(failure, { message: `failure ${index + 1}` })
  }
  t.equal(await last, 'done')
  await t.rejects(
    queue({ key: 'a' }, () => {
      throw new Error('at once')
    }),
    { message: 'at once' },
  )
  t.equal(await queue({ key: 'a' }, async () => 'still usable'), 'still usable')
})

t.test(
  'a fair queue keeps its bounds and the order of arrival in any sequence of starts and ends',
  async (t) => {
    const steps = fc.array(fc.oneof(fc.constant('come'), fc.nat(5)), { maxLength: 40 })
    const bounds = fc.record({ concurrency: fc.integer({ min: 1, max: 3 }), maxWaiting: fc.nat(3) })
    await fc.assert(
      fc.asyncProperty(bounds, steps, async (bounds, steps) => {
        const { begun, work, end } = bench()
        const queue = createFairQueue(bounds)
        const running = () => begun.filter((id) => !ended.has(id))
        const ended = new Set<number>()
        const taken: number[] = []
        const results: Promise<unknown>[] = []
        for (const [id, step] of steps.entries()) {
          if (step === 'come') {
            const full = taken.length - ended.size >= bounds.concurrency + bounds.maxWaiting
            const result = queue({ key: 'a' }, work(id))
            const rejected = await Promise.race([result.catch(() => true), setImmediate(false)])
            if (rejected !== full) return false
            if (!full) {
              taken.push(id)
              results.push(result)
            }
          } else {
            const chosen = running()[Number(step)]
            if (chosen === undefined) continue
            ended.add(chosen)
            await end(chosen)
          }
          if (running().length > bounds.concurrency) return false
        }
        while (running().length > 0) {
          for (const id of running()) {
            ended.add(id)
            await end(id)
          }
        }
        await Promise.all(results)
        return begun.join() === taken.join()
      }),
    )
    t.pass('no sequence breaks the bounds or the order')
  },
)

/** Work of one key each, by number: begun in the order that the queue chose. */
function manyOf(bounds: FairBounds) {
  const { begun, work, end } = bench()
  const queue = createFairQueue(bounds)
  const outcomes = new Map<number, string>()
  let last = 0
  /** Adds work of a key. Its outcome is the name of the error, or `done`. */
  const add = (key: string, gone?: AbortSignal) => {
    const id = ++last
    queue({ key, gone }, work(id)).then(
      () => outcomes.set(id, 'done'),
      ({ name }: Error) => outcomes.set(id, name),
    )
    return id
  }
  const addMany = (key: string, count: number) => Array.from({ length: count }, () => add(key))
  /** Ends the running work, in order, until nothing runs. */
  const endAll = async () => {
    for (let n = 0; n < begun.length; n += 1) await end(begun[n] as number)
  }
  return { begun, outcomes, add, addMany, end, endAll }
}

t.test('keys take turns, however much work of one of them waits', async (t) => {
  const { begun, add, addMany, endAll } = manyOf({ concurrency: 1, maxWaiting: 100 })
  const flood = addMany('flood', 36)
  const [a, b] = [add('a'), add('b')]
  const a2 = add('a')
  await endAll()
  t.same(begun, [flood[0], flood[1], a, b, flood[2], a2, ...flood.slice(3)])
})

t.test('a full queue takes the newest work of the longest line for a key with less', async (t) => {
  const { begun, outcomes, add, addMany, endAll } = manyOf({ concurrency: 1, maxWaiting: 4 })
  const flood = addMany('flood', 5)
  const [a, b, c] = [add('a'), add('b'), add('c')]
  const refused = [add('d'), add('flood')]
  await endAll()
  t.same(begun, [flood[0], flood[1], a, b, c])
  for (const id of [...flood.slice(2), ...refused]) t.equal(outcomes.get(id), 'OverloadedError')
  for (const id of begun) t.equal(outcomes.get(id), 'done')
})

t.test(
  'a key has bounds of its own, and the places that it may not use go to others',
  async (t) => {
    const perKey = { limit: 'each', concurrency: 1, maxWaiting: 2 }
    const { begun, outcomes, add, addMany, end, endAll } = manyOf({
      concurrency: 2,
      maxWaiting: 100,
      perKey,
    })
    const flood = addMany('flood', 4)
    await end(-1)
    t.equal(outcomes.get(4), 'TooManyWaitingError', 'one runs and two wait')
    const a = add('a')
    t.same(begun, [flood[0], a], 'the second place is free for another key')
    await endAll()
    t.same(begun, [flood[0], a, flood[1], flood[2]])
  },
)

t.test('work whose client has gone leaves the queue, and its place in it', async (t) => {
  const { begun, outcomes, add, endAll } = manyOf({ concurrency: 1, maxWaiting: 2 })
  const [left, stays] = [new AbortController(), new AbortController()]
  const first = add('a', stays.signal)
  const second = add('b', left.signal)
  const third = add('b', stays.signal)
  left.abort()
  const fourth = add('c')
  const fifth = add('c', left.signal)
  await endAll()
  stays.abort()
  t.same(begun, [first, third, fourth])
  for (const id of [second, fifth]) t.equal(outcomes.get(id), 'ClientGoneError')
  for (const id of begun) t.equal(outcomes.get(id), 'done')
})
