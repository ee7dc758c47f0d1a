// Tens of races of users who leave; `npm run soak -- leavers` runs thousands.
import t from 'tap'
import { raceOfLeavers } from '../../support/racing-leavers.ts'

t.setTimeout(180_000)

t.test(
  'Whatever meets a deletion or a restoration on another server, one comes first',
  async (t) => {
    const outcomes = await raceOfLeavers(t, 40, 1)
    t.comment(JSON.stringify(outcomes))
  },
)
