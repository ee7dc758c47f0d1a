// A batch waits for callers that were just answered and can send their next request at once.
import t from 'tap'
import { addMany, pendingAppend, queuesAt } from '../../../support/event-store/pending-appends.ts'

t.test(
  'a batch waits for few callers that were just answered, for as long as the one before took',
  (t) => {
    const { clock, queues } = queuesAt(5_000)
    addMany(queues, 3)
    const three = queues.next()
    addMany(queues, 1)
    queues.reportAnswered(three, 2)
    addMany(queues, 2)
    t.equal(queues.delay(), 2, 'one of three has not come back')
    addMany(queues, 1)
    t.ok(queues.delay() <= 0, 'all are back')

    for (const failed of [0, 1]) {
      const answered = queues.next()
      addMany(queues, 1)
      queues.reportAnswered(answered, 1)
      t.equal(queues.delay(), 1, `after ${failed} failed waits`)
      clock.now += 1
      t.ok(queues.delay() <= 0, 'not all come back')
    }
    for (let n = 0; n < 200; n += 1) {
      queues.reportAnswered(queues.next(), 1)
      addMany(queues, 1)
      t.ok(queues.delay() <= 0, 'then no batch waits')
    }
    addMany(queues, 1)
    queues.reportAnswered(queues.next(), 1_000)
    addMany(queues, 1)
    t.equal(queues.delay(), 4, 'until 200 batches have gone, for 4 ms at most')

    queues.next()
    addMany(queues, 11)
    const many = queues.next()
    queues.reportAnswered(many, 1)
    addMany(queues, 1)
    t.ok(queues.delay() <= 0, 'many are not waited for')
    t.end()
  },
)

t.test('no batch waits for actors whose requests were rejected before', (t) => {
  const { queues } = queuesAt(5_000)
  queues.penalize('eve')
  for (const actor of ['eve', 'eve']) queues.add(pendingAppend({ actor }))
  queues.reportAnswered(queues.next(), 1)
  addMany(queues, 1)
  t.ok(queues.delay() <= 0)
  t.end()
})
