// A roll-out from the last named version to today's code and back under traffic, with servers of both versions on
// one database. `npm run soak -- rollout`; SOAK_COMMIT in the environment sets the commit of the older servers,
// SOAK_SECONDS how long each of the eight steps lasts at least, SOAK_SEED the first choice of the clients.
import t from 'tap'
import { rollOutVersion } from '../support/version-rollout/version-rollout.ts'

const seconds = Number(process.env.SOAK_SECONDS ?? 20)
const seed = Number(process.env.SOAK_SEED ?? 1)

t.test('Servers of the last named version and of today serve one database', async (t) => {
  const { notes, problems, acknowledged } = await rollOutVersion(t, seed, seconds * 1000)
  for (const note of notes) t.comment(note)
  t.comment(`${acknowledged} commands were acknowledged`)
  t.ok(acknowledged > 0, 'clients sent commands')
  t.strictSame(problems.slice(0, 20), [])
})
