// Thousands of races of users who leave on two servers, while the tables are rebuilt. `npm run soak`; SOAK_RACES in the
// environment sets how many, SOAK_SEED the first seed.
import t from 'tap'
import { raceOfLeavers } from '../support/racing-leavers.ts'

const races = Number(process.env.SOAK_RACES ?? 5_000)
/** Races per database. After that the log is long, so the next ones start on a fresh database. */
const each = Math.min(500, races)
const seeds = Math.ceil(races / each)
const first = Number(process.env.SOAK_SEED ?? 1)

for (let seed = first; seed < first + seeds; seed += 1) {
  t.test(`${each} races of users who leave end as they must (seed ${seed})`, async (t) => {
    t.comment(JSON.stringify(await raceOfLeavers(t, each, seed)))
  })
}
