// Exactness: whatever writers do while a read table is installed, and whether they commit it or not,
// each event is in the table once. `npm run soak` installs hundreds.
import t from 'tap'
import { installAgainAndAgain } from '../../../support/read-models/exactness.ts'

t.test('of sixteen installs under writers none misses an event or takes one twice', async (t) => {
  const { miscounts, damages, written } = await installAgainAndAgain(t, {
    installs: 16,
    writers: 4,
  })
  t.strictSame(miscounts.slice(0, 5), [])
  t.strictSame(damages, [], 'and verify finds nothing')
  t.ok(written > 300, `${written} events were written`)
})
