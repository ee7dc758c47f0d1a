// How often a password can be attempted, from any client, on any server, with any number of requests at once.
import t from 'tap'
import {
  accountPolicy,
  clientQuota,
  waitAfter,
} from '../../../src/platform/passwords/attempt-policy.ts'
import type { TooManyRequestsError } from '../../../src/platform/rate-limits/errors.ts'
import { clientNumber, stopClock, twoServers } from '../../support/limit-servers.ts'

const pass = stopClock()
const { owner, servers, attempt } = await twoServers(t)
const { free, last, longestWait } = accountPolicy

/** Concurrent wrong attempts, half of them on each server, each from another client. */
const crowd = (account: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      attempt({ account, client: clientNumber(n) }, { on: servers[n % 2 === 0 ? 0 : 1] }),
    ),
  )

/** How many of these attempts were answered as wrong, and so as the guesses that they are. */
const answered = (outcomes: readonly string[]) =>
  outcomes.filter((outcome) => outcome === 'wrong').length

/** The wait (s) that the rejection of the next attempt names. */
async function waitOf(account: string): Promise<number> {
  const checked = servers[0].checkPassword({ account, client: 'anywhere' }, async () => false)
  const { limit } = await checked.then(
    () => Promise.reject(new Error('the attempt was admitted')),
    (error: TooManyRequestsError) => error,
  )
  return limit.waitMs / 1000
}

t.test(
  'of 100 concurrent password attempts on two servers only the free ones are answered',
  async (t) => {
    const outcomes = await crowd('ada@example.org', 100)
    t.equal(answered(outcomes), free)
    t.equal(outcomes.filter((outcome) => outcome === 'too_many_requests').length, 100 - free)
  },
)

t.test(
  'after each wait one of 100 password attempts is answered, and the next wait is longer',
  async (t) => {
    for (const wait of [0, 1, 2].map(waitAfter)) {
      t.equal(await waitOf('ada@example.org'), wait)
      pass(wait - 1)
      const early = await crowd('ada@example.org', 100)
      t.equal(answered(early), 0, 'one second before the wait ends no attempt is answered')
      pass(1)
      t.equal(answered(await crowd('ada@example.org', 100)), 1)
    }
  },
)

t.test('password attempts count for the same account in any capitals', async (t) => {
  t.equal(await attempt({ account: 'ADA@example.org', client: 'x' }), 'too_many_requests')
})

t.test(
  'after the last consecutive wrong password only a reset admits another attempt',
  async (t) => {
    const eve = { account: 'eve@example.org', client: 'somewhere' }
    for (let n = 0; n < last; n += 1) {
      t.equal(await attempt({ ...eve, client: clientNumber(n) }), 'wrong', `attempt ${n + 1}`)
      if (n >= free - 1) pass(longestWait)
    }
    t.equal(await attempt(eve, { right: true }), 'password_reset_required')
    pass(30 * 24 * 60 * 60)
    t.equal(await attempt(eve, { right: true }), 'password_reset_required')
    await servers[1].resetAttempts(eve)
    t.equal(await attempt(eve, { right: true }), 'right', 'a reset admits the next attempt')
  },
)

t.test('the right password makes the next wrong one the first in a row', async (t) => {
  const bob = { account: 'bob@example.org', client: '203.0.113.1' }
  for (const _ of Array(3)) {
    for (let n = 1; n < free; n += 1) t.equal(await attempt(bob), 'wrong')
    t.equal(await attempt(bob, { right: true, on: servers[1] }), 'right')
  }
  const eva = { ...bob, account: 'eva@example.org' }
  for (let n = 0; n < free; n += 1) t.equal(await attempt(eva), 'wrong')
  t.equal(
    await attempt(eva, { right: true }),
    'too_many_requests',
    'a right password has to wait like a wrong one',
  )
})

t.test('a password attempt that an overloaded server does not verify does not count', async (t) => {
  const fred = { account: 'fred@example.org', client: '203.0.113.4' }
  const full = () => Promise.reject(new Error('full'))
  for (let n = 0; n < 2 * free; n += 1) {
    await t.rejects(servers[0].checkPassword(fred, full), { message: 'full' })
  }
  for (let n = 0; n < free; n += 1) t.equal(await attempt(fred), 'wrong')
  pass(waitAfter(0))
  await t.rejects(servers[0].checkPassword(fred, full), { message: 'full' })
  t.equal(await attempt(fred), 'wrong', 'the unverified attempt leaves the gate open')
})

t.test(
  'one client has a quota of wrong passwords over all accounts; right ones are free',
  async (t) => {
    const client = '203.0.113.5'
    const { points, seconds } = clientQuota
    for (let n = 0; n < points; n += 1) {
      t.equal(await attempt({ account: `g${n}@example.org`, client }, { right: true }), 'right')
    }
    const wrong = Array.from({ length: 2 * points }, (_, n) => `h${n}@example.org`)
    const outcomes = await Promise.all(
      wrong.map((account, n) => attempt({ account, client }, { on: servers[n % 2 === 0 ? 0 : 1] })),
    )
    t.equal(answered(outcomes), points)
    t.equal(await attempt({ account: 'i@example.org', client }), 'too_many_requests')
    pass(seconds)
    t.equal(await attempt({ account: 'i@example.org', client }), 'wrong')
  },
)

t.test('a client that continues after its rejections is rejected without a write', async (t) => {
  const client = '203.0.113.6'
  const more = Array.from({ length: 4 * clientQuota.points }, (_, n) => `j${n}@example.org`)
  for (const account of more) await attempt({ account, client })
  const counted = `select sum(points)::int as points from limits.counts where key like 'passwords:%'`
  const before = await owner.query(counted)
  t.equal(await attempt({ account: 'j@example.org', client }), 'too_many_requests')
  t.same((await owner.query(counted)).rows, before.rows)
})

t.test('the keys of password counts reveal no account and no client', async (t) => {
  const { rows } = await owner.query(
    `select key from limits.counts where key !~ '^(passwords|checks|late|right|known|tries):[0-9a-f]{32}(:([0-9a-f]{32}|all|late)(:[0-9a-f]{32})?(:(direct|gate|passed))?)?$'`,
  )
  t.same(rows, [])
})

t.test(
  'password attempts that an overloaded server does not verify leave no lasting row',
  async (t) => {
    const swamped = { account: 'swamped@example.org', client: '203.0.113.9' }
    const before = (await owner.query('select key from limits.counts')).rows.map(({ key }) => key)
    const overloaded = () => Promise.reject(new Error('overloaded'))
    const both = [0, 1].map(() => t.rejects(servers[0].checkPassword(swamped, overloaded)))
    await Promise.all(both)
    const { rows } = await owner.query(
      `select key from limits.counts where key <> all ($1) and expire > $2`,
      [before, Date.now() + clientQuota.seconds * 1000],
    )
    t.same(rows, [])
  },
)
