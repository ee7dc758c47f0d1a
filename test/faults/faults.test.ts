// A server, the database or the network between them fails at random times under load. Every acknowledged
// command is in the log exactly once, every other command once or not at all, and the service resumes by
// itself. `npm run soak` repeats this many times.
import t from 'tap'
import { disturbed } from '../support/faults/disturbed.ts'

const { disturb, audit, ledger, allAlive } = await disturbed(t, 1)

t.test(
  'a server killed with -9 serves again after its restart, and the other server keeps serving',
  async (t) => {
    t.comment(`the servers served again after ${await disturb('kill', 3)} ms`)
    t.ok(allAlive())
  },
)

t.test('servers survive a crash of the database and serve again by themselves', async (t) => {
  t.comment(`the servers served again after ${await disturb('restart', 5)} ms`)
  t.ok(allAlive(), 'no server process has ended')
})

t.test('servers survive the loss of every connection and serve again by themselves', async (t) => {
  t.comment(`the servers served again after ${await disturb('cut', 8)} ms`)
  t.ok(allAlive(), 'no server process has ended')
})

t.test('servers survive a silent network failure and serve again by themselves', async (t) => {
  t.comment(`the servers served again after ${await disturb('silence', 1)} ms`)
  t.ok(allAlive(), 'no server process has ended')
})

t.test(
  'no command is lost, doubled, wrongly denied or answered in two ways by injected faults',
  async (t) => {
    const found = await audit()
    t.comment(JSON.stringify(ledger.counts))
    t.strictSame(found.slice(0, 5), [])
    t.ok(ledger.counts.acknowledged > 100, 'more than 100 commands were acknowledged')
  },
)
