// Which stored hashes can be read, which are too costly to compute, and which are outdated.
import fc from 'fast-check'
import t from 'tap'
import {
  isAffordable,
  isOutdated,
  maxCost,
  readParameters,
  toPhc,
  workOf,
} from '../../../src/platform/passwords/hash.ts'

const [salt, tag] = [Buffer.alloc(16, 1), Buffer.alloc(32, 2)]
const rest = toPhc({ memoryKiB: 64, passes: 2, parallelism: 1 }, salt, tag)
  .split('$')
  .slice(4)
  .join('$')

const cost = fc.record({
  memoryKiB: fc.integer({ min: 8, max: 2 * maxCost.memoryKiB }),
  passes: fc.integer({ min: 1, max: 20 }),
  parallelism: fc.constant(1),
})

t.test('the parameters of a written password hash can be read', (t) => {
  fc.assert(
    fc.property(cost, (cost) => {
      const read = readParameters(toPhc(cost, salt, tag))
      return JSON.stringify(read) === JSON.stringify({ variant: 'argon2id', version: 19, ...cost })
    }),
  )
  t.pass('no cost differs after a round trip')
  t.end()
})

t.test(
  'password hashes with another order of parameters and without a version can be read',
  (t) => {
    const expected = { variant: 'argon2i', version: 16, memoryKiB: 4096, passes: 3, parallelism: 2 }
    t.match(readParameters(`$argon2i$t=3,p=2,m=4096$${rest}`), expected)
    t.end()
  },
)

t.test('a string that argon2 would reject as a hash has no parameters', (t) => {
  for (const hash of [
    '',
    'hash',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$argon2id$v=19$m=64',
    `$argon2id$v=18$m=64,t=2,p=1$${rest}`,
    `$argon2id$v=19$m=64,t=2,t=1$${rest}`,
    `$argon2id$v=19$m=64,t=0,p=1$${rest}`,
    `$argon2id$v=19$m=64,t=2,p=0$${rest}`,
    `$argon2id$v=19$m=63,t=2,p=8$${rest}`,
    `$argon2id$v=19$m=64,t=2,p=1$${rest}${'A'.repeat(1000)}`,
    `$argon2id$v=19$m=64,t=2,p=1$${'A'.repeat(1000)}${rest}`,
  ]) {
    t.equal(readParameters(hash), undefined, hash.slice(0, 80))
  }
  t.end()
})

t.test('a hash at maxCost is affordable, and a hash beyond it in any parameter is not', (t) => {
  t.ok(isAffordable(maxCost))
  for (const parameter of ['memoryKiB', 'passes', 'parallelism'] as const) {
    t.notOk(isAffordable({ ...maxCost, [parameter]: maxCost[parameter] + 1 }), parameter)
  }
  t.end()
})

t.test(
  'a password hash is outdated when the configured cost is higher, or its variant older',
  (t) => {
    const configured = { memoryKiB: 19_456, passes: 2, parallelism: 1 }
    const made = { ...configured, variant: 'argon2id', version: 19 }
    const cases: [string, Partial<typeof made>, boolean][] = [
      ['the same', {}, false],
      ['less memory', { memoryKiB: 9_728 }, true],
      ['fewer passes', { passes: 1 }, true],
      ['less memory, made up for by more passes', { memoryKiB: 7_168, passes: 5 }, true],
      ['an older variant', { variant: 'argon2i' }, true],
      ['an older version', { version: 16 }, true],
      ['more memory', { memoryKiB: 65_536 }, false],
      ['more passes', { passes: 3 }, false],
      ['more memory in fewer passes', { memoryKiB: 65_536, passes: 1 }, false],
      ['an older variant, but more memory', { variant: 'argon2i', memoryKiB: 65_536 }, false],
      ['more lanes, which add no work', { parallelism: 4 }, false],
    ]
    for (const [title, difference, expected] of cases) {
      t.equal(isOutdated({ ...made, ...difference }, configured), expected, title)
    }
    t.end()
  },
)

t.test('an outdated hash is never replaced by a weaker or an equal one', (t) => {
  fc.assert(
    fc.property(cost, cost, (stored, configured) => {
      const made = { ...stored, variant: 'argon2id', version: 19 }
      if (!isOutdated(made, configured)) return true
      const replaced = { ...configured, variant: 'argon2id', version: 19 }
      const stronger =
        configured.memoryKiB >= stored.memoryKiB && workOf(configured) > workOf(stored)
      return stronger && !isOutdated(replaced, configured) && !isOutdated(replaced, stored)
    }),
  )
  t.pass('no two costs break the rule')
  t.end()
})
