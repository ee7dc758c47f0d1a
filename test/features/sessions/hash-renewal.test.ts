// Logging in over HTTP when the stored hash does not have the configured cost: it is cheaper, or too costly
// to verify.
import argon2 from 'argon2'
import t from 'tap'
import { password, served } from '../../support/http/served.ts'
import { idOf } from '../../support/ids.ts'
import { until } from '../../support/until.ts'

const { owner, client, lines } = await served(t)

/** Adds a user with a hash that another system made, and returns the address. */
async function imported(n: number, hash: string) {
  const email = `user${n}@example.org`
  await owner.query(`insert into log.user_registered_1 values ($1, $2, $3, $4)`, [
    idOf(n),
    email,
    hash,
    `user${n}`,
  ])
  return email
}
const logIn = async (email: string) =>
  (await client().POST('/sessions', { body: { email, password } })).response.status
const hashOf = async (email: string): Promise<string> =>
  (await owner.query('select password_hash from read.users_2 where email = $1', [email])).rows[0]
    .password_hash

t.test('A login renews a cheaper hash once', async (t) => {
  const cheap = await argon2.hash(password, { memoryCost: 64, timeCost: 1, parallelism: 1 })
  const email = await imported(1, cheap)
  t.equal(await logIn(email), 201)
  await until('the hash is renewed', async () => (await hashOf(email)) !== cheap)
  const renewed = await hashOf(email)
  t.match(renewed, '$argon2id$v=19$m=1024,t=1,p=1$')
  t.equal(await logIn(email), 201, 'the password still works')
  t.equal(await logIn(email), 201)
  t.equal(await hashOf(email), renewed)
})

t.test('A hash that is too costly to verify matches no password and is logged', async (t) => {
  const hash = await argon2.hash(password, { memoryCost: 64, timeCost: 1, parallelism: 1 })
  const email = await imported(2, hash.replace('m=64', 'm=4194304'))
  t.equal(await logIn(email), 401)
  const warnings = lines.filter((line) => line.includes('a password hash is unusable'))
  t.match(
    warnings.map((line) => JSON.parse(line)),
    [{ parameters: { memoryKiB: 4_194_304 } }],
  )
  t.notMatch(warnings[0], hash.split('$').at(-1) ?? '', 'the warning does not contain the hash')
})
