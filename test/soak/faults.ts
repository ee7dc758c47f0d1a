// The whole service under load while servers, database and network fail hundreds of times. `npm run
// soak`; SOAK_FAULTS in the environment sets how many faults, SOAK_SEED at which instants.
import t from 'tap'
import { disturbed } from '../support/faults/disturbed.ts'

/** Faults of each kind per cluster. The next round starts a fresh one, since verify reads the whole log. */
const each = { kill: 10, restart: 20, cut: 30, silence: 3 }
const ofEach = Object.values(each).reduce((sum, times) => sum + times)
const rounds = Math.ceil(Number(process.env.SOAK_FAULTS ?? 600) / ofEach)
const first = Number(process.env.SOAK_SEED ?? 1)

for (let seed = first; seed < first + rounds; seed += 1) {
  t.test(`${ofEach} faults lose no write and repeat none (seed ${seed})`, async (t) => {
    const { disturb, audit, ledger, allAlive } = await disturbed(t, seed)
    for (const [fault, times] of Object.entries(each) as [keyof typeof each, number][]) {
      const took = await disturb(fault, times)
      t.comment(`${fault}: served again after ${Math.max(...took)} ms at most`)
      t.ok(allAlive(), 'every server runs')
    }
    t.comment(JSON.stringify(ledger.counts))
    t.strictSame((await audit()).slice(0, 5), [])
  })
}
