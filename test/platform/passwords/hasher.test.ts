// Hashes that last, at the least cost argon2 allows so that the tests are quick.
import argon2 from 'argon2'
import t from 'tap'
import { type HashParameters, workOf } from '../../../src/platform/passwords/hash.ts'
import { createPasswordHasher } from '../../../src/platform/passwords/hasher.ts'

const cheap = { memoryKiB: 64, passes: 2, parallelism: 1 }
const dear = { memoryKiB: 256, passes: 3, parallelism: 1 }
const bounds = { concurrency: 1, maxWaiting: 10 }
const hasher = createPasswordHasher(cheap, bounds)

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

t.test('a hash that nobody could bear is not computed, and the operator hears of it', async (t) => {
  const heard: (HashParameters | undefined)[] = []
  const told = createPasswordHasher(cheap, bounds, (parameters) => heard.push(parameters))
  const hash = await told.hash('correct horse')
  const computed = t.capture(argon2, 'verify', argon2.verify)
  t.equal(await told.verify(hash.replace('m=64', 'm=4194304'), 'correct horse'), false)
  t.equal(await told.verify('no hash at all', 'correct horse'), false)
  t.match(heard, [{ memoryKiB: 4_194_304, passes: 2, parallelism: 1 }, undefined])
  t.equal(computed.args().length, 2, 'one computation each')
  for (const [digest] of computed.args()) t.match(digest, '$m=64,t=2,p=1$', 'of the usual cost')
  t.equal(await told.verify(hash, 'correct horse'), true)
  t.equal(await told.verify(undefined, 'correct horse'), false)
  t.equal(heard.length, 2, 'who has a good hash, or none, is no news')
})

t.test('a wrong guess takes the same work, whatever the hash was made with', async (t) => {
  const risen = createPasswordHasher(dear, bounds)
  for (const hash of [undefined, await hasher.hash('correct'), await risen.hash('correct')]) {
    const verified = t.capture(argon2, 'verify', argon2.verify)
    const hashed = t.capture(argon2, 'hash', argon2.hash)
    t.equal(await risen.verify(hash, 'wrong'), false)
    const works = [
      ...verified.args().map(([digest]) => workOfDigest(digest)),
      ...hashed
        .args()
        .map(([, options]) => workOfDigest(`$m=${options?.memoryCost},t=${options?.timeCost}`)),
    ]
    const sum = works.reduce((a, b) => a + b, 0)
    t.ok(Math.abs(sum - workOf(dear)) < dear.passes, `${works} make ${sum} of ${workOf(dear)}`)
    for (const capture of [verified, hashed]) capture.restore()
  }
})

/** Memory times passes, as a digest tells them. */
function workOfDigest(digest: string): number {
  const [, memory, passes] = /m=(\d+),t=(\d+)/.exec(digest) ?? []
  return Number(memory) * Number(passes)
}

t.test('a password gets a new hash when the cost has risen, and only then', async (t) => {
  const risen = createPasswordHasher(dear, bounds)
  const old = await hasher.hash('correct horse')
  const renewed = (await risen.rehash(old, 'correct horse')) ?? ''
  t.match(renewed, '$argon2id$v=19$m=256,t=3,p=1$')
  t.ok(await risen.verify(renewed, 'correct horse'))
  t.equal(await risen.rehash(renewed, 'correct horse'), undefined, 'it is as dear as configured')
  t.equal(await hasher.rehash(renewed, 'correct horse'), undefined, 'it is dearer than configured')
  t.equal(await risen.rehash('no hash at all', 'correct horse'), undefined)
})

t.test('no new hash is made where anybody would have to wait for it', async (t) => {
  const risen = createPasswordHasher(dear, bounds)
  const old = await hasher.hash('correct horse')
  const work = risen.hash('another')
  t.equal(await risen.rehash(old, 'correct horse'), undefined)
  await work
  t.ok(await risen.rehash(old, 'correct horse'), 'there is room again')
})
