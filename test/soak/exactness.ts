// Hundreds of installs under writers of whom some change their mind. `npm run soak`; SOAK_INSTALLS in
// the environment chooses how many.
import t from 'tap'
import { installAgainAndAgain } from '../support/read-models/exactness.ts'

/** After so many on one database the next begins on a fresh one: the log has grown long. */
const each = 50
const rounds = Math.ceil(Number(process.env.SOAK_INSTALLS ?? 500) / each)

for (let round = 1; round <= rounds; round++) {
  t.test(`${each} installs miss nothing and double nothing, round ${round}`, async (t) => {
    const { miscounts, damages, written } = await installAgainAndAgain(t, {
      installs: each,
      writers: 4 + (round % 5),
    })
    t.comment(`${written} events`)
    t.strictSame(miscounts.slice(0, 5), [])
    t.strictSame(damages, [])
  })
}
