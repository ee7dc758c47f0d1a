// Tens of races for e-mail addresses; `npm run soak -- addresses` runs thousands.
import t from 'tap'
import { raceForAddresses } from '../../support/racing-addresses.ts'

t.setTimeout(120_000)

t.test('Of two users who want one address on two servers, one gets it', async (t) => {
  const outcomes = await raceForAddresses(t, 40, 1)
  t.comment(JSON.stringify(outcomes))
  for (const race of ['changes', 'registration', 'link', 'freed']) {
    t.ok(
      Object.keys(outcomes).some((key) => key.startsWith(race)),
      race,
    )
  }
})
