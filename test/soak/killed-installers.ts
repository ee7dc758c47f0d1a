// Many roll-outs under traffic, each with an installer that is killed again and again at random
// instants. `npm run soak`; the environment's SOAK_ROUNDS sets how many, SOAK_SEED the first seed.
import t from 'tap'
import { liveTables } from '../support/read-models/contents.ts'
import { killedInstall } from '../support/read-models/install/killed-command.ts'
import { newestTables } from '../support/read-models/newest.ts'
import { rollOut } from '../support/read-models/rollout/rollout.ts'

const rounds = Number(process.env.SOAK_ROUNDS ?? 30)
const first = Number(process.env.SOAK_SEED ?? 1)

for (let seed = first; seed < first + rounds; seed++) {
  t.test(`A roll-out with a killed installer loses and fails nothing (seed ${seed})`, async (t) => {
    let kills = 0
    const { failures, problems, db } = await rollOut(t, seed, async (url, release) => {
      kills += await killedInstall(t, url, release, { seed, kills: 5 })
    })
    t.comment(`${kills} kills`)
    t.strictSame(failures.slice(0, 5), [])
    t.strictSame(problems.slice(0, 5), [])
    t.strictSame((await liveTables(db)).sort(), newestTables)
  })
}
