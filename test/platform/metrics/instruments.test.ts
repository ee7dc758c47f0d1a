// Our counters and histograms count in place. A registry shows the same text for them as for those of the client.
import { Counter, Histogram, Registry } from '@prometheus-io/client'
import t from 'tap'
import { counter, histogram, secondsBuckets } from '../../../src/platform/metrics/instruments.ts'

/** Values on, between and beyond the bounds of the buckets. */
const values = [0, 0.0009, 0.001, 0.0011, 0.3, 0.5, 2.5, 10, 10.1, 1e6]
const requests = ['GET', 'POST'].flatMap((method) => [200, 404].map((status) => [method, status]))

t.test('A histogram with labels shows what that of the client shows', async (t) => {
  const [ours, theirs] = [new Registry(), new Registry()]
  const names = ['method', 'status'] as const
  const observe = histogram(ours, 'seconds', 'Some time', names)
  const expected = new Histogram({
    ...{ name: 'seconds', help: 'Some time', registers: [theirs] },
    ...{ labelNames: [...names], buckets: secondsBuckets },
  })
  t.equal(await ours.metrics(), await theirs.metrics(), 'before the first value')
  for (const [n, value] of values.entries()) {
    const [method = '', status = 0] = requests[n % requests.length] ?? []
    observe(value, method, status)
    expected.observe({ method, status }, value)
  }
  t.equal(await ours.metrics(), await theirs.metrics())
})

t.test('A histogram without labels shows what that of the client shows', async (t) => {
  const [ours, theirs] = [new Registry(), new Registry()]
  const observe = histogram(ours, 'sizes', 'Some sizes', [], [1, 2, 4])
  const expected = new Histogram({
    ...{ name: 'sizes', help: 'Some sizes', registers: [theirs], buckets: [1, 2, 4] },
  })
  t.equal(await ours.metrics(), await theirs.metrics(), 'before the first value')
  for (const value of [1, 2, 3, 4, 5]) {
    observe(value)
    expected.observe(value)
  }
  t.equal(await ours.metrics(), await theirs.metrics())
})

t.test('A counter shows what that of the client shows, however often it is read', async (t) => {
  const [ours, theirs] = [new Registry(), new Registry()]
  const count = counter(ours, 'things_total', 'Some things', ['kind', 'end'])
  const expected = new Counter({
    ...{ name: 'things_total', help: 'Some things', registers: [theirs] },
    labelNames: ['kind', 'end'],
  })
  for (const [kind, end, by] of [
    ['a', 'good', 0],
    ['b', 'good', 3],
    ['b', 'bad', 1],
    ['b', 'good', 2],
  ] as const) {
    count(by, kind, end)
    expected.inc({ kind, end }, by)
    t.equal(await ours.metrics(), await theirs.metrics())
  }
})
