// Batched look-ups: one query at a time, and no result from a query that was sent before its look-up.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { DatabaseError } from 'pg'
import t from 'tap'
import { batchLookups } from '../../../src/platform/postgres/batched-lookups.ts'

interface Row {
  readonly key: string
  /** The number of the query that found the row. */
  readonly by: number
}

/** Batched look-ups over queries that end when the test calls `end`. Rows arrive in another order. */
function controlledLookups() {
  const queries: { keys: readonly string[]; end: (error?: Error) => Promise<void> }[] = []
  const lookUp = (keys: readonly string[]) =>
    new Promise<Row[]>((resolve, reject) => {
      const by = queries.length + 1
      const end = (error?: Error) => {
        const found = keys.filter((key) => key !== 'missing')
        if (error) reject(error)
        else resolve(found.map((key) => ({ key, by })).reverse())
        return setImmediate()
      }
      queries.push({ keys, end })
    })
  const lookUpOne = batchLookups({ lookUp, keyOf: (row) => row.key })
  const find = async (key: string) => {
    const row = await lookUpOne(key)
    return row && `${row.key} by ${row.by}`
  }
  return { queries, find, sent: () => queries.map(({ keys }) => keys.join(' ')) }
}

t.test('a look-up without a query in flight is sent at once and alone', async (t) => {
  const { queries, find, sent } = controlledLookups()
  for (const [index, key] of ['a', 'b'].entries()) {
    const found = find(key)
    t.equal(sent()[index], key, 'the query is sent synchronously')
    await queries[index]?.end()
    t.equal(await found, `${key} by ${index + 1}`)
  }
})

t.test('look-ups that arrive while a query is in flight share the next one', async (t) => {
  const { queries, find, sent } = controlledLookups()
  const found = ['a', 'b', 'c', 'd'].map((key) => find(key))
  t.same(sent(), ['a'])
  await queries[0]?.end()
  t.same(sent(), ['a', 'b c d'])
  await queries[1]?.end()
  t.same(await Promise.all(found), ['a by 1', 'b by 2', 'c by 2', 'd by 2'])
})

t.test('a look-up of a key in flight is sent in the next query', async (t) => {
  const { queries, find, sent } = controlledLookups()
  const found = ['a', 'a', 'a'].map((key) => find(key))
  await queries[0]?.end()
  t.same(sent(), ['a', 'a a'])
  await queries[1]?.end()
  t.same(await Promise.all(found), ['a by 1', 'a by 2', 'a by 2'])
})

t.test('each look-up returns the row of its key, or undefined without one', async (t) => {
  const { queries, find } = controlledLookups()
  const found = ['first', 'a', 'missing', 'b', 'a'].map((key) => find(key))
  await queries[0]?.end()
  await queries[1]?.end()
  t.same((await Promise.all(found)).slice(1), ['a by 2', undefined, 'b by 2', 'a by 2'])
})

t.test(
  'a query has at most 256 keys, and the rest go into the next queries in order',
  async (t) => {
    const { queries, find } = controlledLookups()
    const keys = Array.from({ length: 600 }, (_, n) => `key${n}`)
    const found = keys.map((key) => find(key))
    for (let query = 0; query < 4; query += 1) await queries[query]?.end()
    t.same(
      queries.map((query) => query.keys.length),
      [1, 256, 256, 87],
    )
    t.same(
      queries.flatMap((query) => query.keys),
      keys,
    )
    await Promise.all(found)
  },
)

t.test('a failing query fails exactly the look-ups that share it', async (t) => {
  const { queries, find } = controlledLookups()
  const first = find('a')
  const sharing = Promise.allSettled([find('b'), find('c')])
  await queries[0]?.end()
  const next = find('d')
  await queries[1]?.end(new Error('the connection broke'))
  await queries[2]?.end()
  t.equal(await first, 'a by 1')
  t.match(await sharing, [
    { reason: { message: 'the connection broke' } },
    { reason: { message: 'the connection broke' } },
  ])
  t.equal(await next, 'd by 3')
  const later = find('e')
  await queries[3]?.end()
  t.equal(await later, 'e by 4', 'later look-ups succeed')
})

t.test('a row that cannot be read fails its own look-up only', async (t) => {
  const asked: number[] = []
  const bad = new Set(['bad', 'worse'])
  const lookUp = async (keys: readonly string[]) => {
    asked.push(keys.length)
    if (keys.includes('bad')) throw new RangeError('Invalid time value')
    if (keys.includes('worse'))
      throw Object.assign(new DatabaseError('', 0, 'error'), { code: '22008' })
    return keys
  }
  const find = batchLookups({ lookUp, keyOf: (key) => key })
  const keys = ['first', ...Array.from({ length: 62 }, (_, n) => `${n}`), 'bad', 'worse']
  const found = await Promise.allSettled(keys.map((key) => find(key)))
  for (const [n, key] of keys.entries()) {
    const result = found[n]
    t.equal(result?.status === 'fulfilled' ? result.value : 'bad', bad.has(key) ? 'bad' : key)
  }
  t.ok(asked.length < 20, `${asked.length} queries find the two rows of 65`)
})

t.test('look-ups reject when the query throws synchronously', async (t) => {
  const lookUp = () => {
    throw new Error('no pool')
  }
  const find = batchLookups({ lookUp, keyOf: String })
  await t.rejects(find('a'), { message: 'no pool' })
  await t.rejects(find('b'), { message: 'no pool' })
})

t.test('no look-up gets the result of an earlier query in any sequence', async (t) => {
  const steps = fc.array(fc.constantFrom('find', 'find', 'end', 'fail'), { maxLength: 60 })
  const keys = fc.infiniteStream(fc.constantFrom('a', 'b', 'c'))
  await fc.assert(
    fc.asyncProperty(steps, keys, async (steps, keys) => {
      const { queries, find } = controlledLookups()
      const results: Promise<boolean>[] = []
      let ended = 0
      const end = (error?: Error) => queries[ended++]?.end(error)
      for (const step of steps) {
        if (step === 'find') {
          const key = keys.next().value
          const begun = queries.length
          const isRight = (found = '') => {
            const [foundKey, by] = found.split(' by ')
            return foundKey === key && Number(by) > begun
          }
          results.push(find(key).then(isRight, ({ message }) => message === 'failed'))
        } else if (ended < queries.length) {
          await end(step === 'fail' ? new Error('failed') : undefined)
        }
        // One query is in flight at a time, and none is without keys.
        if (queries.length > ended + 1 || queries.some(({ keys }) => keys.length === 0))
          return false
      }
      while (ended < queries.length) await end()
      return (await Promise.all(results)).every(Boolean)
    }),
  )
  t.pass('no sequence breaks the rule')
})
