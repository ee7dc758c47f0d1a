// How often a password may be tried, whoever tries, on whichever server, however many at once.
import t from 'tap'
import type { TooManyRequestsError } from '../../../src/platform/rate-limits/errors.ts'
import {
  passwordsOfAccount,
  passwordsOfClient,
  waitAfter,
} from '../../../src/platform/rate-limits/policies.ts'
import { clientNumber, stopClock, twoServers } from '../../support/limit-servers.ts'

const pass = stopClock()
const { owner, servers, attempt, checked } = await twoServers(t)
const { free, last, longestWait } = passwordsOfAccount

/** As many wrong tries at once as there are, half on each server, each from another client. */
const crowd = (account: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      attempt({ account, client: clientNumber(n) }, { on: servers[n % 2 === 0 ? 0 : 1] }),
    ),
  )

/** How long (s) the next try is told to wait. */
async function told(account: string): Promise<number> {
  const tried = servers[0].tryPassword({ account, client: 'anywhere' }, async () => false)
  const { limit } = await tried.then(
    () => Promise.reject(new Error('it was let in')),
    (error: TooManyRequestsError) => error,
  )
  return limit.waitMs / 1000
}

t.test('of 100 tries at once on two servers only the free ones are checked', async (t) => {
  const outcomes = await crowd('ada@example.org', 100)
  t.equal(checked(), free)
  t.equal(outcomes.filter((outcome) => outcome === 'wrong').length, free)
  t.equal(outcomes.filter((outcome) => outcome === 'too_many_requests').length, 100 - free)
})

t.test('after each wait one of 100 is checked, and the next wait is longer', async (t) => {
  for (const wait of [0, 1, 2].map(waitAfter)) {
    t.equal(await told('ada@example.org'), wait)
    pass(wait - 1)
    await crowd('ada@example.org', 100)
    t.equal(checked(), 0, 'a second too early')
    pass(1)
    await crowd('ada@example.org', 100)
    t.equal(checked(), 1)
  }
})

t.test('a try in other capitals is a try at the same account', async (t) => {
  t.equal(await attempt({ account: 'ADA@example.org', client: 'x' }), 'too_many_requests')
})

t.test('after so many in a row none is checked any more, however long one waits', async (t) => {
  const tried = { account: 'eve@example.org', client: 'somewhere' }
  for (let n = 0; n < last; n += 1) {
    t.equal(await attempt({ ...tried, client: clientNumber(n) }), 'wrong', `try ${n + 1}`)
    if (n >= free - 1) pass(longestWait)
  }
  checked()
  t.equal(await attempt(tried, { right: true }), 'password_reset_required')
  pass(30 * 24 * 60 * 60)
  t.equal(await attempt(tried, { right: true }), 'password_reset_required')
  t.equal(checked(), 0)
  await servers[1].forgive(tried)
  t.equal(await attempt(tried, { right: true }), 'right', 'until the password is reset')
})

t.test('the right one makes the next wrong one the first in a row', async (t) => {
  const tried = { account: 'bob@example.org', client: '203.0.113.1' }
  for (const _ of Array(3)) {
    for (let n = 1; n < free; n += 1) t.equal(await attempt(tried), 'wrong')
    t.equal(await attempt(tried, { right: true, on: servers[1] }), 'right')
  }
  for (let n = 0; n < free; n += 1) t.equal(await attempt(tried), 'wrong')
  t.equal(await attempt(tried, { right: true }), 'too_many_requests', 'which counts as much')
})

t.test('strangers cannot lock out whoever has logged in from here lately', async (t) => {
  const account = 'carl@example.org'
  const home = { account, client: '203.0.113.2' }
  t.equal(await attempt(home, { right: true }), 'right')
  await crowd(account, 100)
  t.equal(await attempt({ account, client: 'x' }, { right: true }), 'too_many_requests')
  t.equal(await attempt(home), 'wrong')
  t.equal(await attempt(home, { right: true }), 'right')
  t.equal(await attempt({ account, client: 'x' }, { right: true }), 'too_many_requests')
  pass(89 * 24 * 60 * 60)
  t.equal(await attempt(home, { right: true }), 'right', 'which makes it known for longer')
  pass(2 * 24 * 60 * 60)
  await crowd(account, 100)
  t.equal(await attempt(home, { right: true }), 'right')
})

t.test('one who reset the password is known where he did so', async (t) => {
  const tried = { account: 'dora@example.org', client: '203.0.113.3' }
  await servers[0].forgive(tried)
  await crowd(tried.account, 100)
  t.equal(await attempt(tried, { right: true }), 'right')
})

t.test('a try that was none, because there was too much to do, does not count', async (t) => {
  const tried = { account: 'fred@example.org', client: '203.0.113.4' }
  const full = () => Promise.reject(new Error('full'))
  for (let n = 0; n < 2 * free; n += 1) {
    await t.rejects(servers[0].tryPassword(tried, full), { message: 'full' })
  }
  for (let n = 0; n < free; n += 1) t.equal(await attempt(tried), 'wrong')
  pass(waitAfter(0))
  await t.rejects(servers[0].tryPassword(tried, full), { message: 'full' })
  t.equal(await attempt(tried), 'wrong', 'nor does it shut the gate')
})

t.test('one client gets so many wrong ones over all accounts; right ones are free', async (t) => {
  const client = '203.0.113.5'
  const { points, seconds } = passwordsOfClient
  checked()
  for (let n = 0; n < points; n += 1) {
    t.equal(await attempt({ account: `g${n}@example.org`, client }, { right: true }), 'right')
  }
  const wrong = Array.from({ length: 2 * points }, (_, n) => `h${n}@example.org`)
  await Promise.all(
    wrong.map((account, n) => attempt({ account, client }, { on: servers[n % 2 === 0 ? 0 : 1] })),
  )
  t.equal(checked(), 2 * points)
  t.equal(await attempt({ account: 'i@example.org', client }), 'too_many_requests')
  pass(seconds)
  t.equal(await attempt({ account: 'i@example.org', client }), 'wrong')
})

t.test('who uses up the tries of a client leaves those at home there theirs', async (t) => {
  const client = '203.0.113.7'
  const home = { account: 'kim@example.org', client }
  t.equal(await attempt(home, { right: true }), 'right')
  for (let n = 0; n < passwordsOfClient.points; n += 1) {
    await attempt({ account: `l${n}@example.org`, client })
  }
  t.equal(await attempt({ account: 'm@example.org', client }), 'too_many_requests')
  t.equal(await attempt(home, { right: true }), 'right')
  checked()
  for (let n = 0; n < 2 * free; n += 1) await attempt(home)
  t.equal(checked(), free, 'and no more than anywhere')
  const stranger = { account: 'n@example.org', client }
  for (let n = 0; n < 4 * passwordsOfClient.points; n += 1) await attempt(stranger)
  pass(waitAfter(0))
  for (let n = 0; n < 4 * passwordsOfClient.points; n += 1) await attempt(home, { right: true })
  t.equal(await attempt(stranger, { on: servers[1] }), 'too_many_requests', 'no right one buys any')
})

t.test('who goes on and on is refused without a write', async (t) => {
  const client = '203.0.113.6'
  const more = Array.from({ length: 4 * passwordsOfClient.points }, (_, n) => `j${n}@example.org`)
  for (const account of more) await attempt({ account, client })
  const counted = `select sum(points)::int as points from limits.counts where key like 'passwords:%'`
  const before = await owner.query(counted)
  t.equal(await attempt({ account: 'j@example.org', client }), 'too_many_requests')
  t.same((await owner.query(counted)).rows, before.rows)
})

t.test('no key tells whose it is', async (t) => {
  const { rows } = await owner.query(
    `select key from limits.counts where key !~ '^(passwords|known|tries):[0-9a-f]{32}(:([0-9a-f]{32}|elsewhere)(:(direct|gate|passed))?)?$'`,
  )
  t.same(rows, [])
})

t.test('a try that was none leaves nothing that is kept for long', async (t) => {
  const tried = { account: 'swamped@example.org', client: '203.0.113.9' }
  const before = (await owner.query('select key from limits.counts')).rows.map(({ key }) => key)
  const overloaded = () => Promise.reject(new Error('too much to do'))
  const both = [0, 1].map(() => t.rejects(servers[0].tryPassword(tried, overloaded)))
  await Promise.all(both)
  const { rows } = await owner.query(
    `select key from limits.counts where key <> all ($1) and expire > $2`,
    [before, Date.now() + passwordsOfClient.seconds * 1000],
  )
  t.same(rows, [])
})
