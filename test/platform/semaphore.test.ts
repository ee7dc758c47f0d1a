// The semaphore limits how much work runs at once and how much waits, first come, first served.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { createSemaphore } from '../../src/platform/semaphore.ts'

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
  'a semaphore runs no more work at once than its concurrency, and the rest in order',
  async (t) => {
    const { begun, work, end } = bench()
    const semaphore = createSemaphore({ concurrency: 2, maxWaiting: 3 })
    const results = [1, 2, 3, 4, 5].map((id) => semaphore(work(id)))
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

t.test('a semaphore with a full queue rejects new work at once and never starts it', async (t) => {
  const { begun, work, end } = bench()
  const semaphore = createSemaphore({ concurrency: 1, maxWaiting: 1 })
  const kept = [semaphore(work(1)), semaphore(work(2))]
  await t.rejects(semaphore(work(3)), { code: 'overloaded' })
  await end(1)
  await end(2)
  await Promise.all(kept)
  t.same(begun, [1, 2])
  const after = semaphore(work(4))
  await end(4)
  t.equal(await after, 4, 'the queue has room again')
})

t.test('a semaphore is busy while new work would have to wait', async (t) => {
  const { work, end } = bench()
  const semaphore = createSemaphore({ concurrency: 1, maxWaiting: 1 })
  t.equal(semaphore.isBusy(), false)
  const [first, second] = [semaphore(work(1)), semaphore(work(2))]
  t.equal(semaphore.isBusy(), true)
  await end(1)
  await first
  t.equal(semaphore.isBusy(), true, 'the place went to the waiting work')
  await end(2)
  await second
  t.equal(semaphore.isBusy(), false)
})

t.test('work that fails releases its place in the semaphore', async (t) => {
  const semaphore = createSemaphore({ concurrency: 1, maxWaiting: 5 })
  const failures = [1, 2, 3].map((n) => semaphore(() => Promise.reject(new Error(`failure ${n}`))))
  const last = semaphore(async () => 'done')
  for (const [index, failure] of failures.entries()) {
    await t.rejects(failure, { message: `failure ${index + 1}` })
  }
  t.equal(await last, 'done')
  await t.rejects(
    semaphore(() => {
      throw new Error('at once')
    }),
    { message: 'at once' },
  )
  t.equal(await semaphore(async () => 'still usable'), 'still usable')
})

t.test(
  'a semaphore keeps its bounds and the order of arrival in any sequence of starts and ends',
  async (t) => {
    const steps = fc.array(fc.oneof(fc.constant('come'), fc.nat(5)), { maxLength: 40 })
    const bounds = fc.record({ concurrency: fc.integer({ min: 1, max: 3 }), maxWaiting: fc.nat(3) })
    await fc.assert(
      fc.asyncProperty(bounds, steps, async (bounds, steps) => {
        const { begun, work, end } = bench()
        const semaphore = createSemaphore(bounds)
        const running = () => begun.filter((id) => !ended.has(id))
        const ended = new Set<number>()
        const taken: number[] = []
        const results: Promise<unknown>[] = []
        for (const [id, step] of steps.entries()) {
          if (step === 'come') {
            const full = taken.length - ended.size >= bounds.concurrency + bounds.maxWaiting
            const result = semaphore(work(id))
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
