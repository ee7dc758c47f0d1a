import t from 'tap'
import { createBuckets } from '../../../src/platform/rate-limits/buckets.ts'

function bucketsAndClock() {
  const clock = { now: 1_000 }
  const buckets = createBuckets({ burst: 10, perSecond: 2 }, () => clock.now)
  return { clock, ...buckets }
}

t.test('so much at once, and then so much a second', (t) => {
  const { clock, take } = bucketsAndClock()
  t.equal(take('ada', 4), 0)
  t.equal(take('ada', 6), 0)
  t.equal(take('ada', 1), 500)
  clock.now += 499
  t.equal(take('ada', 1), 1, 'and a refusal takes nothing')
  clock.now += 1
  t.equal(take('ada', 1), 0)
  t.equal(take('ada', 3), 1_500)
  t.end()
})

t.test('everybody has a bucket of his own, which is never more than full', (t) => {
  const { clock, take } = bucketsAndClock()
  t.equal(take('ada', 10), 0)
  t.equal(take('bob', 10), 0)
  clock.now += 3_600_000
  t.equal(take('ada', 10), 0)
  t.equal(take('ada', 1), 500)
  t.end()
})

t.test('full buckets are not kept for ever', (t) => {
  const { clock, take, size } = bucketsAndClock()
  for (let n = 0; n < 10_000; n += 1) {
    clock.now += 100
    take(`user ${n}`, 1)
  }
  t.ok(size() < 1_000, `${size()} are kept of those that are filled again`)
  t.equal(take('user 9999', 10), 500, 'and none that is not full is lost')
  t.end()
})
