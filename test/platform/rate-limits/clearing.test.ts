// Expired counts are deleted in steps, and no request that counts waits for that.
import t from 'tap'
import { clearCounts } from '../../../src/platform/rate-limits/clearing.ts'
import { openPool } from '../../support/domain.ts'
import { connect, installedDatabase } from '../../support/installed.ts'

const url = await installedDatabase(t)
const owner = await connect(t, url)
const pool = openPool(t, url)

async function keys(): Promise<string[]> {
  const { rows } = await owner.query('select key from limits.counts order by key')
  return rows.map(({ key }) => key)
}

t.test('clearCounts deletes expired counts in steps and no others', async (t) => {
  await owner.query(
    `insert into limits.counts
     select 'old ' || n, 1, $1::bigint - n from generate_series(1, 25) n`,
    [Date.now()],
  )
  await owner.query(`insert into limits.counts values ('new', 1, $1), ('forever', 1, null)`, [
    Date.now() + 60_000,
  ])
  t.equal(await clearCounts(pool, 10, 2), 20, 'two steps of ten')
  t.equal((await keys()).length, 7)
  t.equal(await clearCounts(pool, 10, 2), 5)
  t.same(await keys(), ['forever', 'new'])
})

t.test('clearCounts leaves a locked count to the next run', async (t) => {
  await owner.query(`insert into limits.counts values ('held', 1, 1), ('idle', 1, 1)`)
  await owner.query('begin')
  await owner.query(`update limits.counts set points = 2 where key = 'held'`)
  t.equal(await clearCounts(pool), 1)
  await owner.query('commit')
  t.equal(await clearCounts(pool), 1)
})
