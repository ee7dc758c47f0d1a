// So much work at a time, so much waiting, first come first served.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { createBoundedPool } from '../../src/platform/semaphore.ts'

/** Work that ends when the test says so. */
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

t.test('no more than the concurrency runs at once, and the rest in order', async (t) => {
  const { begun, work, end } = bench()
  const pool = createBoundedPool({ concurrency: 2, maxWaiting: 3 })
  const results = [1, 2, 3, 4, 5].map((id) => pool(work(id)))
  t.same(begun, [1, 2])
  await end(2)
  t.same(begun, [1, 2, 3])
  await end(1)
  t.same(begun, [1, 2, 3, 4])
  for (const id of [3, 4, 5]) await end(id)
  t.same(await Promise.all(results), [1, 2, 3, 4, 5], 'each gets its own result')
})

t.test('what comes when the queue is full is refused at once, and never begun', async (t) => {
  const { begun, work, end } = bench()
  const pool = createBoundedPool({ concurrency: 1, maxWaiting: 1 })
  const kept = [pool(work(1)), pool(work(2))]
  await t.rejects(pool(work(3)), { code: 'overloaded' })
  await end(1)
  await end(2)
  await Promise.all(kept)
  t.same(begun, [1, 2])
  const after = pool(work(4))
  await end(4)
  t.equal(await after, 4, 'there is room again')
})

t.test('it is busy while what came would have to wait', async (t) => {
  const { work, end } = bench()
  const pool = createBoundedPool({ concurrency: 1, maxWaiting: 1 })
  t.equal(pool.isBusy(), false)
  const [first, second] = [pool(work(1)), pool(work(2))]
  t.equal(pool.isBusy(), true)
  await end(1)
  await first
  t.equal(pool.isBusy(), true, 'the place was handed over')
  await end(2)
  await second
  t.equal(pool.isBusy(), false)
})

t.test('work that fails gives its place to the next', async (t) => {
  const pool = createBoundedPool({ concurrency: 1, maxWaiting: 5 })
  const failures = [1, 2, 3].map((n) => pool(() => Promise.reject(new Error(`failure ${n}`))))
  const last = pool(async () => 'done')
  for (const [index, failure] of failures.entries()) {
    await t.rejects(failure, { message: `failure ${index + 1}` })
  }
  t.equal(await last, 'done')
  await t.rejects(
    pool(() => {
      throw new Error('at once')
    }),
    { message: 'at once' },
  )
  t.equal(await pool(async () => 'still open'), 'still open')
})

t.test('whatever arrives and ends when, the bounds hold and the order too', async (t) => {
  const steps = fc.array(fc.oneof(fc.constant('come'), fc.nat(5)), { maxLength: 40 })
  const bounds = fc.record({ concurrency: fc.integer({ min: 1, max: 3 }), maxWaiting: fc.nat(3) })
  await fc.assert(
    fc.asyncProperty(bounds, steps, async (bounds, steps) => {
      const { begun, work, end } = bench()
      const pool = createBoundedPool(bounds)
      const running = () => begun.filter((id) => !ended.has(id))
      const ended = new Set<number>()
      const taken: number[] = []
      const results: Promise<unknown>[] = []
      for (const [id, step] of steps.entries()) {
        if (step === 'come') {
          const full = taken.length - ended.size >= bounds.concurrency + bounds.maxWaiting
          const result = pool(work(id))
          const refused = await Promise.race([result.catch(() => true), setImmediate(false)])
          if (refused !== full) return false
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
  t.pass('no sequence was found that breaks them')
})
