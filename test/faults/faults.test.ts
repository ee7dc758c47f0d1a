// What breaks is a server, the database, the network between them, at any instant, under load: whatever
// was acknowledged is in the log exactly once, everything else once or not at all, and service resumes
// by itself. `npm run soak` goes on with it for long.
import t from 'tap'
import { disturbed } from '../support/faults/disturbed.ts'

const { disturb, audit, ledger, allAlive } = await disturbed(t, 1)

t.test('after kill -9 of a server the others go on, and so does it when it is back', async (t) => {
  t.comment(`served again after ${await disturb('kill', 3)} ms`)
  t.ok(allAlive())
})

t.test('servers outlive a crash of the database, and serve again by themselves', async (t) => {
  t.comment(`served again after ${await disturb('restart', 5)} ms`)
  t.ok(allAlive(), 'no server ended')
})

t.test('servers outlive the loss of every connection, and serve again by themselves', async (t) => {
  t.comment(`served again after ${await disturb('cut', 8)} ms`)
  t.ok(allAlive(), 'no server ended')
})

t.test('nor does it end them, or stop them for long, when the network dies silently', async (t) => {
  t.comment(`served again after ${await disturb('silence', 1)} ms`)
  t.ok(allAlive(), 'no server ended')
})

t.test('through all of it nothing was lost, doubled, denied or answered in two ways', async (t) => {
  const found = await audit()
  t.comment(JSON.stringify(ledger.counts))
  t.strictSame(found.slice(0, 5), [])
  t.ok(ledger.counts.acknowledged > 100, 'under load')
})
