import t from 'tap'
import { createTokenBuckets } from '../../../src/platform/rate-limits/token-buckets.ts'

function bucketsAndClock() {
  const clock = { now: 1_000 }
  const buckets = createTokenBuckets({ burst: 10, perSecond: 2 }, () => clock.now)
  return { clock, ...buckets }
}

t.test('a token bucket allows a burst at once and then a constant rate', (t) => {
  const { clock, take } = bucketsAndClock()
  t.equal(take('ada', 4), 0)
  t.equal(take('ada', 6), 0)
  t.equal(take('ada', 1), 500)
  clock.now += 499
  t.equal(take('ada', 1), 1, 'the rejected take costs no token')
  clock.now += 1
  t.equal(take('ada', 1), 0)
  t.equal(take('ada', 3), 1_500)
  t.end()
})

t.test('each owner has a separate token bucket, which holds at most its burst', (t) => {
  const { clock, take } = bucketsAndClock()
  t.equal(take('ada', 10), 0)
  t.equal(take('bob', 10), 0)
  clock.now += 3_600_000
  t.equal(take('ada', 10), 0)
  t.equal(take('ada', 1), 500)
  t.end()
})

t.test('full token buckets are swept from memory', (t) => {
  const { clock, take, size } = bucketsAndClock()
  for (let n = 0; n < 10_000; n += 1) {
    clock.now += 100
    take(`user ${n}`, 1)
  }
  t.ok(size() < 1_000, `${size()} of 10,000 refilled buckets are stored`)
  t.equal(take('user 9999', 10), 500, 'a bucket that is not full is kept')
  t.end()
})
