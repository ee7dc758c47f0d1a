// The roll-out test: servers of every release read and write at once on one database, in their frozen
// statements, while each release is installed in turn and old tables are retired. No statement may fail,
// and no write may be lost.
import t from 'tap'
import { expectClean, installSlowly, rollOut } from '../../support/read-models/rollout/rollout.ts'

t.test('A roll-out from release 0 to the newest keeps all releases working at once', async (t) => {
  await expectClean(t, await rollOut(t, 1, (url, release) => installSlowly(t, url, release)))
})
