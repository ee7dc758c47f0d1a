// Numbers of things in sentences.
import t from 'tap'
import { agreeing, counted } from '../../src/platform/counted.ts'

t.test('A number of things has its noun and its verb in the form that fits', async (t) => {
  const sentence = (count: number) =>
    `${counted(count, 'row')} ${agreeing(count, 'was', 'were')} replaced`
  t.strictSame([0, 1, 2].map(sentence), [
    '0 rows were replaced',
    '1 row was replaced',
    '2 rows were replaced',
  ])
})
