// Hashes that last, at the least cost argon2 allows so that the tests are quick.
import argon2 from 'argon2'
import t from 'tap'
import { createPasswordHasher } from '../../src/user/password-hasher.ts'

const cheap = { memoryKiB: 64, passes: 2, lanes: 1 }
const hasher = createPasswordHasher(cheap, { concurrency: 1, maxWaiting: 10 })

t.test('a hash verifies its own password and no other', async (t) => {
  const hash = await hasher.hash('correct horse')
  t.equal(await hasher.verify(hash, 'correct horse'), true)
  t.equal(await hasher.verify(hash, 'Correct horse'), false)
  t.not(await hasher.hash('correct horse'), hash, 'each hash has a salt of its own')
})

t.test('a hash is a PHC string with its parameters in the order m, t, p', async (t) => {
  t.match(
    await hasher.hash('correct horse'),
    /^\$argon2id\$v=19\$m=64,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  )
})

t.test('hashes of other makers and costs are understood', async (t) => {
  const other = await argon2.hash('correct horse', { memoryCost: 128, timeCost: 3, parallelism: 2 })
  t.equal(await hasher.verify(other, 'correct horse'), true)
})

t.test('it makes no difference how a keyboard sends an accent', async (t) => {
  t.equal(await hasher.verify(await hasher.hash('caf\u00e9'), 'cafe\u0301'), true)
})

t.test('what is no argon2 hash is nobody’s password', async (t) => {
  for (const hash of ['', 'hash', '$2b$10$abcdefghijklmnopqrstuv', '$argon2id$v=19$m=64']) {
    t.equal(await hasher.verify(hash, hash), false, hash)
  }
  t.equal(await hasher.verify(undefined, 'correct horse'), false)
})

t.test('without a usable hash the work is done all the same, in its turn', async (t) => {
  const alone = createPasswordHasher(cheap, { concurrency: 1, maxWaiting: 0 })
  for (const useless of [undefined, 'no hash']) {
    const work = alone.verify(useless, 'wrong')
    await t.rejects(alone.verify(useless, 'wrong'), { code: 'overloaded' }, 'it takes the place')
    t.equal(await work, false)
  }
})

t.test('hashing and verifying wait in the same queue, and more is refused', async (t) => {
  const small = createPasswordHasher(cheap, { concurrency: 1, maxWaiting: 1 })
  const work = [small.hash('a'), small.verify(undefined, 'b')]
  await t.rejects(small.verify(undefined, 'c'), { code: 'overloaded' })
  await t.rejects(small.hash('d'), { code: 'overloaded' })
  await Promise.all(work)
})
