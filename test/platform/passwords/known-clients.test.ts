// Clients that logged in to an account recently: strangers cannot lock them out, and no answer shows which
// accounts a network uses. And the quotas of correct passwords.
import t from 'tap'
import {
  accountPolicy,
  checkQuota,
  clientQuota,
  lateCheckQuota,
  latePairQuota,
  rightQuota,
  waitAfter,
} from '../../../src/platform/passwords/attempt-policy.ts'
import type { PasswordAttempt } from '../../../src/platform/passwords/attempts.ts'
import type { TooManyRequestsError } from '../../../src/platform/rate-limits/errors.ts'
import { clientNumber, stopClock, twoServers } from '../../support/limit-servers.ts'

const pass = stopClock()
const { owner, servers, attempt, takeVerified } = await twoServers(t)
const { free } = accountPolicy

/** Concurrent wrong attempts, each from another client: enough to close the gate of the account. */
const crowd = (account: string) =>
  Promise.all(
    Array.from({ length: 2 * free }, (_, n) => attempt({ account, client: clientNumber(n) })),
  )

/** All that the refusal of a wrong password shows. */
async function refusalOf(attempted: PasswordAttempt) {
  const outcome = await servers[0]
    .checkPassword(attempted, async () => false)
    .catch((error: TooManyRequestsError) => error)
  return outcome instanceof Error ? { ...outcome } : outcome
}

/** Counts these uses under the only key of this kind. */
const setCount = (kind: string, points: number) =>
  owner.query(`update limits.counts set points = $2 where key like $1 || ':%'`, [kind, points])

t.test('strangers cannot lock a user out of a client that logged in recently', async (t) => {
  const account = 'carl@example.org'
  const home = { account, client: '203.0.113.2' }
  t.equal(await attempt(home, { right: true }), 'right')
  await crowd(account)
  t.equal(await attempt({ account, client: 'x' }, { right: true }), 'too_many_requests')
  t.equal(await attempt(home), 'too_many_requests', 'a wrong one is answered as anywhere')
  t.equal(await attempt(home, { right: true }), 'right')
  t.equal(await attempt({ account, client: 'x' }, { right: true }), 'too_many_requests')
  pass(89 * 24 * 60 * 60)
  t.equal(await attempt(home, { right: true }), 'right', 'a login after 89 days renews the client')
  pass(2 * 24 * 60 * 60)
  await crowd(account)
  t.equal(await attempt(home, { right: true }), 'right')
})

t.test('a password reset makes its client known to the account', async (t) => {
  const dora = { account: 'dora@example.org', client: '203.0.113.3' }
  await servers[0].resetAttempts(dora)
  await crowd(dora.account)
  t.equal(await attempt(dora, { right: true }), 'right')
})

t.test('a client over its quota of wrong passwords still admits its known accounts', async (t) => {
  const client = '203.0.113.7'
  const home = { account: 'kim@example.org', client }
  t.equal(await attempt(home, { right: true }), 'right')
  for (let n = 0; n < clientQuota.points; n += 1) {
    await attempt({ account: `l${n}@example.org`, client })
  }
  t.equal(await attempt({ account: 'm@example.org', client }), 'too_many_requests')
  t.equal(await attempt(home, { right: true }), 'right')
  for (let n = 0; n < free; n += 1) await attempt(home)
  const known = await attempt(home, { right: true })
  t.equal(known, 'too_many_requests', 'the known account has the same limit as any other')
  const stranger = { account: 'n@example.org', client }
  for (let n = 0; n < clientQuota.points; n += 1) await attempt(stranger)
  pass(waitAfter(0))
  for (let n = 0; n < clientQuota.points; n += 1) await attempt(home, { right: true })
  t.equal(
    await attempt(stranger, { on: servers[1] }),
    'too_many_requests',
    'correct passwords do not raise the quota of the client',
  )
})

t.test(
  'a wrong password gets the same answer, as late, for a known account and for others',
  async (t) => {
    const client = '203.0.113.10'
    const [known, other] = ['otto@example.org', 'nobody@example.org']
    const answer = (account: string) => refusalOf({ account, client })
    t.equal(await attempt({ account: known, client }, { right: true }), 'right')
    for (const account of [known, other]) await crowd(account)
    t.strictSame(await answer(known), await answer(other), 'when the gate of the account is closed')
    for (let n = 0; n < clientQuota.points; n += 1) {
      await attempt({ account: `p${n}@example.org`, client })
    }
    for (let n = 0; n < 2 * free; n += 1) {
      takeVerified()
      const [ofKnown, ofOther] = [
        await attempt({ account: known, client }),
        await attempt({ account: other, client }),
      ]
      t.strictSame([ofKnown, ofOther], ['too_many_requests', 'too_many_requests'])
      t.equal(takeVerified(), 2, 'both are verified, which takes the time')
    }
    t.strictSame(await answer(known), await answer(other), 'beyond the quota of the client')
  },
)

t.test('a login from a known client clears its own wrong passwords, and no others', async (t) => {
  const home = { account: 'paul@example.org', client: '203.0.113.11' }
  const stranger = { ...home, client: '203.0.113.12' }
  t.equal(await attempt(home, { right: true }), 'right')
  for (let week = 0; week < 3; week += 1) {
    for (let n = 0; n < 2; n += 1) t.equal(await attempt(home), 'wrong')
    t.equal(await attempt(home, { right: true }), 'right')
  }
  for (let n = 0; n < free; n += 1) {
    t.equal(await attempt(stranger), 'wrong')
    t.equal(await attempt(home, { right: true }), 'right')
  }
  t.equal(await attempt(stranger), 'too_many_requests')
})

t.test('correct passwords have a quota for each account', async (t) => {
  await owner.query('delete from limits.counts')
  const once = { account: 'quinn@example.org', client: clientNumber(0) }
  t.equal(await attempt(once, { right: true }), 'right')
  await setCount('right', rightQuota.points)
  for (let n = 0; n < 2 * free; n += 1) {
    t.equal(await attempt(once, { right: true, on: servers[1] }), 'too_many_requests')
  }
  t.equal(await attempt(once), 'wrong', 'a wrong password does not show that the quota is used up')
  pass(rightQuota.seconds)
  t.equal(
    await attempt(once, { right: true }),
    'right',
    'refused correct passwords are not counted as wrong',
  )
})

t.test('checks of passwords, correct or wrong, have a quota for each client', async (t) => {
  await owner.query('delete from limits.counts')
  const [client, other] = [clientNumber(0), { account: 'sue@example.org', client: clientNumber(0) }]
  const home = { account: 'rita@example.org', client }
  t.equal(await attempt(home, { right: true }), 'right')
  await setCount('checks', checkQuota.points - 1)
  t.equal(await attempt(other), 'wrong')
  t.equal(await attempt(home, { right: true, on: servers[1] }), 'right', 'it knows the client')
  t.strictSame(await refusalOf(home), await refusalOf(other), 'and a wrong one does not show it')
  takeVerified()
  t.equal(await attempt(home), 'too_many_requests')
  t.equal(await attempt(other), 'too_many_requests')
  t.equal(await attempt(other, { right: true }), 'too_many_requests')
  t.equal(takeVerified(), 3, 'after the same work')
  pass(checkQuota.seconds)
  t.equal(await attempt(other, { right: true }), 'right')
})

t.test('checks beyond the quota are few for each account, and few in all', async (t) => {
  await owner.query('delete from limits.counts')
  const home = { account: 'tom@example.org', client: clientNumber(0) }
  t.equal(await attempt(home, { right: true }), 'right')
  await setCount('checks', checkQuota.points)
  takeVerified()
  const same = Array.from({ length: 40 }, () => ({ ...home, account: 'uma@example.org' }))
  await Promise.all(same.map((one, n) => attempt(one, { on: servers[n % 2 === 0 ? 0 : 1] })))
  t.equal(takeVerified(), latePairQuota.points, 'attempts at one account leave checks to others')
  t.equal(await attempt(home, { right: true }), 'right')
  const others = Array.from({ length: 40 }, (_, n) => ({ ...home, account: `v${n}@example.org` }))
  await Promise.all(others.map((one, n) => attempt(one, { on: servers[n % 2 === 0 ? 0 : 1] })))
  t.equal(takeVerified(), lateCheckQuota.points - latePairQuota.points)
  t.equal(await attempt(home, { right: true }), 'too_many_requests')
  t.equal(takeVerified(), 0, 'no hash is spent')
  pass(lateCheckQuota.seconds)
  for (let n = 0; n < lateCheckQuota.points; n += 1) {
    t.equal(await attempt(home, { right: true }), 'right', 'accepted passwords do not count for it')
  }
  pass(lateCheckQuota.seconds)
  await t.rejects(
    servers[0].checkPassword(home, () => Promise.reject(new Error('full'))),
    { message: 'full' },
  )
  for (let n = 0; n < latePairQuota.points; n += 1) await attempt(home)
  takeVerified()
  t.equal(await attempt(home, { right: true }), 'too_many_requests')
  t.equal(takeVerified(), 0, 'of the account')
  await servers[1].resetAttempts(home)
  t.equal(await attempt(home, { right: true }), 'right', 'a reset clears its own checks')
})
