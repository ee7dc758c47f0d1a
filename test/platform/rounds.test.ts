// Rounds: who shares one, and that one runs at a time.
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Rounds } from '../../src/platform/rounds.ts'

/** Rounds that end when the test ends them. */
function manualRounds() {
  const begun: { items: readonly number[]; end: PromiseWithResolvers<string> }[] = []
  const rounds = new Rounds((items: readonly number[]) => {
    const end = Promise.withResolvers<string>()
    begun.push({ items, end })
    return end.promise
  })
  return { begun, rounds }
}

t.test('All that come before a round begins share it', async (t) => {
  const { begun, rounds } = manualRounds()
  const results = [rounds.join(1), rounds.join(2, 3)]
  await setImmediate()
  t.strictSame(
    begun.map(({ items }) => items),
    [[1, 2, 3]],
  )
  begun[0]?.end.resolve('one')
  t.strictSame(await Promise.all(results), ['one', 'one'])
})

t.test('All that come while a round runs share the next one, which begins after it', async (t) => {
  const { begun, rounds } = manualRounds()
  const first = rounds.join(1)
  await setImmediate()
  const [second, third] = [rounds.join(2), rounds.join(3)]
  await setImmediate()
  t.equal(begun.length, 1, 'one at a time')
  begun[0]?.end.resolve('one')
  t.equal(await first, 'one')
  await setImmediate()
  t.strictSame(begun[1]?.items, [2, 3])
  begun[1]?.end.resolve('two')
  t.strictSame(await Promise.all([second, third]), ['two', 'two'])
})

t.test('A round that fails rejects all that share it, and no later one', async (t) => {
  const { begun, rounds } = manualRounds()
  const first = [rounds.join(1), rounds.join(2)].map((each) => t.rejects(each, { message: 'lost' }))
  await setImmediate()
  const second = rounds.join(3)
  begun[0]?.end.reject(new Error('lost'))
  await Promise.all(first)
  await setImmediate()
  begun[1]?.end.resolve('two')
  t.equal(await second, 'two')
})
