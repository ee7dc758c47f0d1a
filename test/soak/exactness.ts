// Hundreds of installs, and thousands of times that one read table is attached, while writers append and some
// roll back. `npm run soak`; SOAK_INSTALLS in the environment sets how many installs.
import t from 'tap'
import { repeatedAttaching } from '../support/read-models/install/repeated-attaching.ts'
import { repeatedInstalls } from '../support/read-models/install/repeated-installs.ts'

/** Installs per database. After that the log is long, so the next round starts on a fresh database. */
const each = 50
const rounds = Math.ceil(Number(process.env.SOAK_INSTALLS ?? 500) / each)

for (let round = 1; round <= rounds; round++) {
  t.test(`${each} installs miss no event and apply none twice (round ${round})`, async (t) => {
    const { miscounts, damages, written } = await repeatedInstalls(t, {
      installs: each,
      writers: 4 + (round % 5),
    })
    t.comment(`${written} events`)
    t.strictSame(miscounts.slice(0, 5), [])
    t.strictSame(damages, [])
  })
}

t.test('A table that is attached 5,000 times under warm sessions misses no event', async (t) => {
  const { miscounts, live, ofType } = await repeatedAttaching(t, { rounds: 5_000, writers: 6 })
  t.comment(`${live} events were projected by appends; ${ofType} calls of a type's function`)
  t.strictSame(miscounts.slice(0, 5), [])
})
