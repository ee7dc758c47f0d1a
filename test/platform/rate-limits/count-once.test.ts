// Items are counted once in a window, and no more than the quota is allowed, whichever processes count them.
import t from 'tap'
import { measured } from '../../../src/platform/metrics/measurements.ts'
import { countOnce } from '../../../src/platform/rate-limits/count-once.ts'
import { openPool } from '../../support/domain.ts'
import { connect, installedDatabase } from '../../support/installed.ts'

const url = await installedDatabase(t)
const owner = await connect(t, url)
const pools = [openPool(t, url), openPool(t, url)] as const
const quota = { points: 5, seconds: 60 }

/** Counts the items at once, in turns by two pools; returns which are allowed. */
async function count(key: string, items: readonly string[]): Promise<string[]> {
  const counted = items.map(async (item, n) => {
    const isAllowed = await countOnce(pools[n % 2 === 0 ? 0 : 1], { key, item, quota })
    return isAllowed ? [item] : []
  })
  return (await Promise.all(counted)).flat()
}

const points = async (key: string) =>
  (await owner.query('select points from limits.counts where key = $1', [key])).rows[0]?.points

t.test('Of 40 items that are counted at once, the quota is allowed', async (t) => {
  const items = Array.from({ length: 40 }, (_, n) => `item ${n}`)
  const allowed = await count('many', items)
  t.equal(allowed.length, 5)
  t.equal(await points('many'), 5)
  t.same(await count('many', items), allowed, 'a retry of an item gets the same answer')
  t.equal(await points('many'), 5, 'and is not counted again')
  t.same(await count('other', ['item 0']), ['item 0'], 'each key has a quota of its own')
})

t.test('The statements of a count are timed by their names', async (t) => {
  const timed: string[] = []
  t.teardown(measured.query.read(({ statement }) => timed.push(statement)))
  await count('timed', ['item'])
  t.strictSame(timed, ['limits.lockWindow', 'limits.countOnce'])
})

t.test('An item that is counted at once by several processes counts once', async (t) => {
  const allowed = await count('racing', Array(20).fill('item'))
  t.equal(allowed.length, 20)
  t.equal(await points('racing'), 1)
})

t.test('An item counts again in a later window', async (t) => {
  await count('late', ['a', 'b', 'c', 'd', 'e', 'f'])
  await owner.query(`update limits.counts set expire = 0 where key ^@ 'late'`)
  t.same(await count('late', ['a']), ['a'])
  t.equal(await points('late'), 1)
  await count('late', ['f', 'g', 'h', 'i'])
  t.same(await count('late', ['b']), [], 'items that were held up do not pass all at once')
})
