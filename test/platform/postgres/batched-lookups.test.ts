// Look-ups gathered into one query at a time, none answered by what was asked before it came.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { batchLookups } from '../../../src/platform/postgres/batched-lookups.ts'

interface Row {
  readonly key: string
  /** Which query found it. */
  readonly by: number
}

/** A look-up that ends when the test says so; rows come back in another order. */
function desk() {
  const queries: { keys: readonly string[]; end: (error?: Error) => Promise<void> }[] = []
  const lookUp = (keys: readonly string[]) =>
    new Promise<Row[]>((resolve, reject) => {
      const by = queries.length + 1
      const end = (error?: Error) => {
        const found = keys.filter((key) => key !== 'nobody')
        if (error) reject(error)
        else resolve(found.map((key) => ({ key, by })).reverse())
        return setImmediate()
      }
      queries.push({ keys, end })
    })
  const gathered = batchLookups({ lookUp, keyOf: (row) => row.key })
  const find = async (key: string) => {
    const row = await gathered(key)
    return row && `${row.key} by ${row.by}`
  }
  return { queries, find, asked: () => queries.map(({ keys }) => keys.join(' ')) }
}

t.test('when idle a look-up goes at once, and alone', async (t) => {
  const { queries, find, asked } = desk()
  for (const [index, key] of ['a', 'b'].entries()) {
    const found = find(key)
    t.equal(asked()[index], key, 'before anything else had its turn')
    await queries[index]?.end()
    t.equal(await found, `${key} by ${index + 1}`)
  }
})

t.test('those that come while one is in flight wait, and go together', async (t) => {
  const { queries, find, asked } = desk()
  const found = ['a', 'b', 'c', 'd'].map((key) => find(key))
  t.same(asked(), ['a'])
  await queries[0]?.end()
  t.same(asked(), ['a', 'b c d'])
  await queries[1]?.end()
  t.same(await Promise.all(found), ['a by 1', 'b by 2', 'c by 2', 'd by 2'])
})

t.test('the same key is asked for again, not answered by the query in flight', async (t) => {
  const { queries, find, asked } = desk()
  const found = ['a', 'a', 'a'].map((key) => find(key))
  await queries[0]?.end()
  t.same(asked(), ['a', 'a a'])
  await queries[1]?.end()
  t.same(await Promise.all(found), ['a by 1', 'a by 2', 'a by 2'])
})

t.test('each is told what its own key has, and nothing where it has nothing', async (t) => {
  const { queries, find } = desk()
  const found = ['first', 'a', 'nobody', 'b', 'a'].map((key) => find(key))
  await queries[0]?.end()
  await queries[1]?.end()
  t.same((await Promise.all(found)).slice(1), ['a by 2', undefined, 'b by 2', 'a by 2'])
})

t.test('a query has 256 keys at most, and the rest go with the next in their order', async (t) => {
  const { queries, find } = desk()
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
})

t.test('a query that fails fails all that waited for it, and nobody else', async (t) => {
  const { queries, find } = desk()
  const first = find('a')
  const company = Promise.allSettled([find('b'), find('c')])
  await queries[0]?.end()
  const next = find('d')
  await queries[1]?.end(new Error('the connection broke'))
  await queries[2]?.end()
  t.equal(await first, 'a by 1')
  t.match(await company, [
    { reason: { message: 'the connection broke' } },
    { reason: { message: 'the connection broke' } },
  ])
  t.equal(await next, 'd by 3')
  const later = find('e')
  await queries[3]?.end()
  t.equal(await later, 'e by 4', 'it goes on')
})

t.test('a look-up that throws before it asks is a failure like any other', async (t) => {
  const lookUp = () => {
    throw new Error('no pool')
  }
  const find = batchLookups({ lookUp, keyOf: String })
  await t.rejects(find('a'), { message: 'no pool' })
  await t.rejects(find('b'), { message: 'no pool' })
})

t.test('whoever asks when, nobody is told what an earlier query found', async (t) => {
  const steps = fc.array(fc.constantFrom('ask', 'ask', 'end', 'fail'), { maxLength: 60 })
  const keys = fc.infiniteStream(fc.constantFrom('a', 'b', 'c'))
  await fc.assert(
    fc.asyncProperty(steps, keys, async (steps, keys) => {
      const { queries, find } = desk()
      const answers: Promise<boolean>[] = []
      let ended = 0
      const end = (error?: Error) => queries[ended++]?.end(error)
      for (const step of steps) {
        if (step === 'ask') {
          const key = keys.next().value
          const begun = queries.length
          const isRight = (found = '') => {
            const [whose, by] = found.split(' by ')
            return whose === key && Number(by) > begun
          }
          answers.push(find(key).then(isRight, ({ message }) => message === 'failed'))
        } else if (ended < queries.length) {
          await end(step === 'fail' ? new Error('failed') : undefined)
        }
        // One in flight at a time, and none that asks for nobody.
        if (queries.length > ended + 1 || queries.some(({ keys }) => keys.length === 0))
          return false
      }
      while (ended < queries.length) await end()
      return (await Promise.all(answers)).every(Boolean)
    }),
  )
  t.pass('no sequence was found that is')
})
