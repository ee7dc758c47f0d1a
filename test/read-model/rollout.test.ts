// The roll-out test: servers of every release write and read at once on one database, in their
// frozen statements and in every way there is, while one release after the other is installed
// and what the newest does not read is retired. No statement may fail, and nothing may be lost.
import t, { type Test } from 'tap'
import { liveTables } from './contents.ts'
import { installKilled } from './killed-install.ts'
import { newestTables } from './newest.ts'
import { installSlowly, type RollOut, rollOut } from './rollout.ts'

async function isGood(t: Test, { faults, problems, spoken, db }: RollOut): Promise<void> {
  t.strictSame(faults.slice(0, 5), [], 'no statement fails, every server sees what happened')
  t.strictSame(problems.slice(0, 5), [], 'versions agree, tables verify clean, nothing is lost')
  t.strictSame((await liveTables(db)).sort(), newestTables)
  for (const [name, times] of Object.entries(spoken))
    t.ok(times > 10, `${name} spoke ${times} times`)
}

t.test('all releases work at once while the database goes from one to the next', async (t) => {
  await isGood(t, await rollOut(t, 1, (url, release) => installSlowly(t, url, release)))
})

t.test('the same, with an installer that is killed again and again', async (t) => {
  let kills = 0
  const outcome = await rollOut(t, 2, async (url, release) => {
    kills += await installKilled(t, url, release, { seed: 2, kills: 2 })
  })
  await isGood(t, outcome)
  t.ok(kills > 0, `${kills} kills`)
})
