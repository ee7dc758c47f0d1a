// The password hasher, at the lowest cost that argon2 allows, so that the tests are quick.
import argon2 from 'argon2'
import t from 'tap'
import { type HashParameters, workOf } from '../../../src/platform/passwords/hash.ts'
import * as hashing from '../../../src/platform/passwords/hasher.ts'

const cheap = { memoryKiB: 64, passes: 2, parallelism: 1 }
const costly = { memoryKiB: 256, passes: 3, parallelism: 1 }
const bounds = { concurrency: 1, maxWaiting: 10 }

/** A hasher whose hashes take the turns of one client. */
function createPasswordHasher(...options: Parameters<typeof hashing.createPasswordHasher>) {
  const { hash, verify, rehash } = hashing.createPasswordHasher(...options)
  const turn = { key: '192.0.2.1' }
  return {
    hash: (password: string) => hash(password, turn),
    verify: (stored: string | undefined, password: string) => verify(stored, password, turn),
    rehash,
  }
}

const hasher = createPasswordHasher(cheap, bounds)

t.test('a password hash verifies its own password and no other', async (t) => {
  const hash = await hasher.hash('correct horse')
  t.equal(await hasher.verify(hash, 'correct horse'), true)
  t.equal(await hasher.verify(hash, 'Correct horse'), false)
  t.not(await hasher.hash('correct horse'), hash, 'each hash has a different salt')
})

t.test('a password hash is a PHC string with its parameters in the order m, t, p', async (t) => {
  t.match(
    await hasher.hash('correct horse'),
    /^\$argon2id\$v=19\$m=64,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  )
})

t.test('the hasher verifies hashes of other programs and costs', async (t) => {
  const other = await argon2.hash('correct horse', { memoryCost: 128, timeCost: 3, parallelism: 2 })
  t.equal(await hasher.verify(other, 'correct horse'), true)
})

t.test('the hasher verifies a password in any Unicode form of its accents', async (t) => {
  t.equal(await hasher.verify(await hasher.hash('caf\u00e9'), 'cafe\u0301'), true)
})

t.test('no password matches a string that is not an argon2 hash', async (t) => {
  for (const hash of ['', 'hash', '$2b$10$abcdefghijklmnopqrstuv', '$argon2id$v=19$m=64']) {
    t.equal(await hasher.verify(hash, hash), false, hash)
  }
  t.equal(await hasher.verify(undefined, 'correct horse'), false)
})

t.test('without a usable hash a verification waits and works as with one', async (t) => {
  const alone = createPasswordHasher(cheap, { concurrency: 1, maxWaiting: 0 })
  for (const useless of [undefined, 'no hash']) {
    const work = alone.verify(useless, 'wrong')
    await t.rejects(
      alone.verify(useless, 'wrong'),
      { code: 'overloaded' },
      'the first verification occupies the only place',
    )
    t.equal(await work, false)
  }
})

t.test('hashing and verifying share one bounded queue', async (t) => {
  const small = createPasswordHasher(cheap, { concurrency: 1, maxWaiting: 1 })
  const work = [small.hash('a'), small.verify(undefined, 'b')]
  await t.rejects(small.verify(undefined, 'c'), { code: 'overloaded' })
  await t.rejects(small.hash('d'), { code: 'overloaded' })
  await Promise.all(work)
})

t.test('a hash beyond the highest cost is not computed but reported', async (t) => {
  const reported: (HashParameters | undefined)[] = []
  const reporting = createPasswordHasher(cheap, bounds, (parameters) => reported.push(parameters))
  const hash = await reporting.hash('correct horse')
  const computed = t.capture(argon2, 'verify', argon2.verify)
  t.equal(await reporting.verify(hash.replace('m=64', 'm=4194304'), 'correct horse'), false)
  t.equal(await reporting.verify('no hash at all', 'correct horse'), false)
  t.match(reported, [{ memoryKiB: 4_194_304, passes: 2, parallelism: 1 }, undefined])
  t.equal(computed.args().length, 2, 'each verification computes one hash')
  for (const [digest] of computed.args())
    t.match(digest, '$m=64,t=2,p=1$', 'the hash has the configured cost')
  t.equal(await reporting.verify(hash, 'correct horse'), true)
  t.equal(await reporting.verify(undefined, 'correct horse'), false)
  t.equal(reported.length, 2, 'neither a usable nor a missing hash is reported')
})

t.test('a wrong password takes the same work for a hash of any cost and for none', async (t) => {
  const risen = createPasswordHasher(costly, bounds)
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
    t.ok(
      Math.abs(sum - workOf(costly)) < costly.passes,
      `the works ${works} sum up to ${sum}, expected ${workOf(costly)}`,
    )
    for (const capture of [verified, hashed]) capture.restore()
  }
})

/** Memory times passes, from the parameters of a digest. */
function workOfDigest(digest: string): number {
  const [, memory, passes] = /m=(\d+),t=(\d+)/.exec(digest) ?? []
  return Number(memory) * Number(passes)
}

t.test('the hasher renews a hash when the configured cost has risen, and only then', async (t) => {
  const risen = createPasswordHasher(costly, bounds)
  const old = await hasher.hash('correct horse')
  const renewed = (await risen.rehash(old, 'correct horse')) ?? ''
  t.match(renewed, '$argon2id$v=19$m=256,t=3,p=1$')
  t.ok(await risen.verify(renewed, 'correct horse'))
  t.equal(
    await risen.rehash(renewed, 'correct horse'),
    undefined,
    'the hash has the configured cost',
  )
  t.equal(
    await hasher.rehash(renewed, 'correct horse'),
    undefined,
    'the hash has a higher cost than configured',
  )
  t.equal(await risen.rehash('no hash at all', 'correct horse'), undefined)
})

t.test('the hasher renews no hash while other work would have to wait', async (t) => {
  const risen = createPasswordHasher(costly, bounds)
  const old = await hasher.hash('correct horse')
  const work = risen.hash('another')
  t.equal(await risen.rehash(old, 'correct horse'), undefined)
  await work
  t.ok(await risen.rehash(old, 'correct horse'), 'the hasher is idle again')
})
