// The roll-out test: servers of every release read and write at once on one database, in their frozen
// statements, while each release is installed in turn and old tables are retired. Two installers are killed;
// `npm run soak` kills more. No statement may fail, and no write may be lost.
import t from 'tap'
import { killedInstall } from '../../support/read-models/install/killed-command.ts'
import { expectClean, installSlowly, rollOut } from '../../support/read-models/rollout/rollout.ts'

/** Releases whose installer is killed once: users_2 and users_1 are rewritten in both. */
const killedAt = [2, 4]

t.setTimeout(600_000)

t.test('A roll-out from release 0 to the newest keeps all releases working at once', async (t) => {
  let kills = 0
  const outcome = await rollOut(t, 1, async (url, release) => {
    if (!killedAt.includes(release)) return installSlowly(t, url, release)
    kills += await killedInstall(t, url, release, { seed: 1, kills: 1 })
  })
  await expectClean(t, outcome)
  t.ok(kills > 0, `${kills} kills`)
})
