// The roll-out test: servers of every release write and read at once on one database, in their
// frozen statements and in every way there is, while one release after the other is installed
// and what the newest does not read is retired. No statement may fail, and nothing may be lost.
import t from 'tap'
import { installSlowly, isGood, rollOut } from '../../support/read-models/rollout.ts'

t.test('all releases work at once while the database goes from one to the next', async (t) => {
  await isGood(t, await rollOut(t, 1, (url, release) => installSlowly(t, url, release)))
})
