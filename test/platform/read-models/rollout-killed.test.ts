// The roll-out test once more, with an installer that is killed. A file of its own, for it takes twice
// as long, and longer with each release.
import t from 'tap'
import { installKilled } from '../../support/read-models/killed-install.ts'
import { isGood, rollOut } from '../../support/read-models/rollout.ts'

t.test('all releases work at once while an installer is killed now and then', async (t) => {
  let kills = 0
  const outcome = await rollOut(t, 2, async (url, release) => {
    kills += await installKilled(t, url, release, { seed: 2, kills: release % 2 })
  })
  await isGood(t, outcome)
  t.ok(kills > 0, `${kills} kills`)
})
