// Look-ups gathered into one query at a time, none answered by what was asked before it came.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { gather } from '../../src/postgres/gathered.ts'

/** A look-up that ends when the test says so; what it finds is the key and which query found it. */
function desk() {
  const queries: { keys: readonly string[]; end: (error?: Error) => Promise<void> }[] = []
  const lookUp = (keys: readonly string[]) =>
    new Promise<string[]>((resolve, reject) => {
      const query = queries.length + 1
      const end = (error?: Error) => {
        if (error) reject(error)
        else resolve(keys.map((key) => `${key} by ${query}`))
        return setImmediate()
      }
      queries.push({ keys, end })
    })
  return { queries, lookUp, asked: () => queries.map(({ keys }) => keys.join(' ')) }
}

t.test('when idle a look-up goes at once, and alone', async (t) => {
  const { queries, lookUp, asked } = desk()
  const find = gather(lookUp, { maxBatch: 10 })
  for (const [index, key] of ['a', 'b'].entries()) {
    const found = find(key)
    t.equal(asked()[index], key, 'before anything else had its turn')
    await queries[index]?.end()
    t.equal(await found, `${key} by ${index + 1}`)
  }
})

t.test('those that come while one is in flight wait, and go together', async (t) => {
  const { queries, lookUp, asked } = desk()
  const find = gather(lookUp, { maxBatch: 10 })
  const found = ['a', 'b', 'c', 'd'].map((key) => find(key))
  t.same(asked(), ['a'])
  await queries[0]?.end()
  t.same(asked(), ['a', 'b c d'])
  await queries[1]?.end()
  t.same(await Promise.all(found), ['a by 1', 'b by 2', 'c by 2', 'd by 2'])
})

t.test('the same key is asked for again, not answered by the query in flight', async (t) => {
  const { queries, lookUp, asked } = desk()
  const find = gather(lookUp, { maxBatch: 10 })
  const found = ['a', 'a', 'a'].map((key) => find(key))
  await queries[0]?.end()
  t.same(asked(), ['a', 'a a'])
  await queries[1]?.end()
  t.same(await Promise.all(found), ['a by 1', 'a by 2', 'a by 2'])
})

t.test('a query has no more keys than it may, and the rest keep their order', async (t) => {
  const { queries, lookUp, asked } = desk()
  const find = gather(lookUp, { maxBatch: 2 })
  const found = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => find(key))
  for (let query = 0; query < 4; query += 1) await queries[query]?.end()
  t.same(asked(), ['a', 'b c', 'd e', 'f'])
  t.equal((await Promise.all(found)).join(), 'a by 1,b by 2,c by 2,d by 3,e by 3,f by 4')
})

t.test('a query that fails fails all that waited for it, and nobody else', async (t) => {
  const { queries, lookUp } = desk()
  const find = gather(lookUp, { maxBatch: 2 })
  const found = ['a', 'b', 'c', 'd'].map((key) => find(key))
  const outcomes = Promise.allSettled(found)
  await queries[0]?.end()
  await queries[1]?.end(new Error('the connection broke'))
  await queries[2]?.end()
  t.match(await outcomes, [
    { value: 'a by 1' },
    { reason: { message: 'the connection broke' } },
    { reason: { message: 'the connection broke' } },
    { value: 'd by 3' },
  ])
  const later = find('e')
  await queries[3]?.end()
  t.equal(await later, 'e by 4', 'it goes on')
})

t.test('a look-up that throws before it asks is a failure like any other', async (t) => {
  const find = gather(
    () => {
      throw new Error('no pool')
    },
    { maxBatch: 2 },
  )
  await t.rejects(find('a'), { message: 'no pool' })
  await t.rejects(find('b'), { message: 'no pool' })
})

t.test('whoever asks when, nobody is told what an earlier query found', async (t) => {
  const steps = fc.array(fc.constantFrom('ask', 'ask', 'end', 'fail'), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (maxBatch, steps) => {
      const { queries, lookUp } = desk()
      const find = gather(lookUp, { maxBatch })
      const answers: Promise<boolean>[] = []
      let ended = 0
      const end = (error?: Error) => queries[ended++]?.end(error)
      for (const [step, what] of steps.entries()) {
        const begun = queries.length
        if (what === 'ask') {
          const mine = find(`key${step}`).then((found) => found.split(' by ') as [string, string])
          const right = ([key, query]: [string, string]) =>
            key === `key${step}` && Number(query) > begun
          answers.push(mine.then(right, ({ message }) => message === 'failed'))
        } else if (ended < queries.length) {
          await end(what === 'fail' ? new Error('failed') : undefined)
        }
        // One at a time, none too large, and none idle while somebody waits.
        if (queries.length > ended + 1) return false
        if (queries.some(({ keys }) => keys.length > maxBatch || keys.length === 0)) return false
      }
      while (ended < queries.length) await end()
      return (await Promise.all(answers)).every(Boolean)
    }),
  )
  t.pass('no sequence was found that is')
})
