// A few races about accounts; `npm run soak -- accounts` runs thousands.
import t from 'tap'
import { raceOfAccounts } from '../../support/racing-accounts.ts'

t.setTimeout(120_000)

t.test('Names have one owner and erased users no later event, on two servers', async (t) => {
  const outcomes = await raceOfAccounts(t, 12, 1)
  t.comment(JSON.stringify(outcomes))
})
