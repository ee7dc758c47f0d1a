// The position of a response: that of the oldest snapshot of its statements.
import t from 'tap'
import { Snapshot } from '../../../src/platform/postgres/snapshot.ts'

t.test('The position of several statements is the smallest, by its number', async (t) => {
  const snapshot = new Snapshot()
  t.equal(snapshot.position, undefined)
  for (const [position, smallest] of [
    ['10', '10'],
    ['100', '10'],
    ['9', '9'],
    ['10', '9'],
  ] as const) {
    snapshot.add(position)
    t.equal(snapshot.position, smallest, `after ${position}`)
  }
})

t.test('A restart forgets the statements whose rows the response does not show', async (t) => {
  const snapshot = new Snapshot()
  snapshot.add('9')
  snapshot.restart()
  snapshot.add('10')
  t.equal(snapshot.position, '10')
})
