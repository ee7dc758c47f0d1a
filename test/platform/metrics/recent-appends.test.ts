// The figures of the appends of the last minute, on a clock of the test.
import t from 'tap'
import { measured } from '../../../src/platform/metrics/measurements.ts'
import { keepRecentAppends } from '../../../src/platform/metrics/recent-appends.ts'

let ms = 0
const recent = keepRecentAppends(() => ms)
t.teardown(() => recent.close())

t.test('A process without appends has no figures', async (t) => {
  t.strictSame(recent.read(), { seconds: 60, calls: 0, batchSize: null, p99Seconds: null })
})

t.test('The size of batches is an average, and one call of a hundred may be slower', async (t) => {
  for (const waits of [[0], [0, 0, 0]]) measured.batch.report({ waits })
  for (let n = 1; n <= 99; n += 1)
    measured.appendCall.report({ failed: false, seconds: 0.01, accepted: 1 })
  measured.appendCall.report({ failed: true, seconds: 5, accepted: 0 })
  t.strictSame(recent.read(), { seconds: 60, calls: 100, batchSize: 2, p99Seconds: 0.01 })
  measured.appendCall.report({ failed: false, seconds: 2, accepted: 1 })
  t.equal(recent.read().p99Seconds, 2)
})

t.test('Figures of appends are forgotten after a minute', async (t) => {
  ms = 59_000
  measured.appendCall.report({ failed: false, seconds: 0.5, accepted: 1 })
  ms = 60_001
  t.strictSame(recent.read(), { seconds: 60, calls: 1, batchSize: null, p99Seconds: 0.5 })
})

t.test('A busy process shows its last seconds', async (t) => {
  for (let n = 0; n < 4_096; n += 1) {
    ms += 2
    measured.appendCall.report({ failed: false, seconds: 0.001, accepted: 1 })
  }
  const { seconds, calls } = recent.read()
  t.strictSame([seconds, calls], [5, 2_048])
})

t.test('Closed figures of appends count no more calls', async (t) => {
  recent.close()
  const { calls } = recent.read()
  measured.appendCall.report({ failed: false, seconds: 1, accepted: 1 })
  t.equal(recent.read().calls, calls)
})
