// Thousands of races that rename or end accounts on two servers. `npm run soak`; SOAK_RACES in the environment
// sets how many, SOAK_SEED the first seed.
import t from 'tap'
import { raceOfAccounts } from '../support/racing-accounts.ts'

/** Races per database. After that the log is long, so the next ones start on a fresh database. */
const each = 500
const seeds = Math.ceil(Number(process.env.SOAK_RACES ?? 5_000) / each)
const first = Number(process.env.SOAK_SEED ?? 1)

for (let seed = first; seed < first + seeds; seed += 1) {
  t.test(`${each} races of accounts end as they may (seed ${seed})`, async (t) => {
    t.comment(JSON.stringify(await raceOfAccounts(t, each, seed)))
  })
}
