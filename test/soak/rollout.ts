// Many roll-outs under traffic, each with an installer that is killed again and again at instants of
// its own. `npm run soak`; SOAK_ROUNDS and SOAK_SEED in the environment choose how many, and which.
import t from 'tap'
import { liveTables } from '../support/read-models/contents.ts'
import { installKilled } from '../support/read-models/killed-install.ts'
import { newestTables } from '../support/read-models/newest.ts'
import { rollOut } from '../support/read-models/rollout.ts'

const rounds = Number(process.env.SOAK_ROUNDS ?? 30)
const first = Number(process.env.SOAK_SEED ?? 1)

for (let seed = first; seed < first + rounds; seed++) {
  t.test(`nothing is lost and nothing fails, seed ${seed}`, async (t) => {
    let kills = 0
    const { faults, problems, db } = await rollOut(t, seed, async (url, release) => {
      kills += await installKilled(t, url, release, { seed, kills: 5 })
    })
    t.comment(`${kills} kills`)
    t.strictSame(faults.slice(0, 5), [])
    t.strictSame(problems.slice(0, 5), [])
    t.strictSame((await liveTables(db)).sort(), newestTables)
  })
}
