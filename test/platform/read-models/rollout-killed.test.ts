// The roll-out test with an installer that is killed. It has its own file because it takes twice as
// long, and longer with each release.
import t from 'tap'
import { killedInstall } from '../../support/read-models/install/killed-command.ts'
import { expectClean, rollOut } from '../../support/read-models/rollout/rollout.ts'

t.test('A roll-out keeps all releases working while its installer is killed', async (t) => {
  let kills = 0
  const outcome = await rollOut(t, 2, async (url, release) => {
    kills += await killedInstall(t, url, release, { seed: 2, kills: release % 2 })
  })
  await expectClean(t, outcome)
  t.ok(kills > 0, `${kills} kills`)
})
