// A few races of suspensions and reports; `npm run soak -- suspensions` runs thousands.
import t from 'tap'
import { raceOfSuspensions } from '../../support/racing-suspensions.ts'

t.setTimeout(120_000)

t.test('A suspension leaves nothing of what races with it, on two servers', async (t) => {
  const outcomes = await raceOfSuspensions(t, 27, 1)
  t.comment(JSON.stringify(outcomes))
})
