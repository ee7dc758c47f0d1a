// Nobody learns from the time of an answer whether an address is registered. Measured, not believed:
// medians of many, taken in turns, so that what else the machine does falls on both alike.
import t from 'tap'
import { served } from '../../support/http/served.ts'

const { client, arrive } = await served(t, { HASH_CONCURRENCY: '1' })
await arrive('known')

/** How much longer the median of the one takes than that of the other. */
async function ratio(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<number> {
  const times: [number[], number[]] = [[], []]
  for (let turn = -5; turn < 80; turn += 1) {
    for (const [n, call] of [one, other].entries()) {
      const began = performance.now()
      await call()
      if (turn >= 0) times[n]?.push(performance.now() - began)
    }
  }
  const [first = 0, second = 1] = times.map((each) => each.sort((a, b) => a - b)[each.length >> 1])
  return first / second
}

// A difference that an attacker could use over a network, a look-up or a hash, is a multiple of this.
const alike = (of: number) => of > 0.7 && of < 1.43

t.test('asking for a reset takes the same time for a known and an unknown address', async (t) => {
  const ask = (email: string) => () => client().POST('/password-resets', { body: { email } })
  const found = await ratio(ask('known@example.org'), ask('unknown@example.org'))
  t.ok(alike(found), `ratio ${found}`)
})

t.test(
  'asking for another mail takes the same time for a known and an unknown address',
  async (t) => {
    const ask = (email: string) => () =>
      client().POST('/email-verifications/resend', { body: { email } })
    const found = await ratio(ask('known@example.org'), ask('unknown@example.org'))
    t.ok(alike(found), `ratio ${found}`)
  },
)

t.test('a registration takes the same time for a taken and a free address', async (t) => {
  const required = await served(t, { REQUIRE_VERIFIED_EMAIL: 'true', ARGON2_MEMORY_KIB: '19456' })
  let n = 0
  const register = (email: () => string) => () => {
    n += 1
    const body = { email: email(), username: `user${n}`, password: 'a few unrelated words' }
    return required.client().POST('/users', { body })
  }
  await register(() => 'taken@example.org')()
  const taken = register(() => 'taken@example.org')
  const found = await ratio(
    taken,
    register(() => `free${n}@example.org`),
  )
  t.ok(alike(found), `ratio ${found}`)
})

t.test('a login takes the same time for a known and an unknown address', async (t) => {
  const logIn = (email: string) => () =>
    client().POST('/sessions', { body: { email, password: 'not the one' } })
  const found = await ratio(logIn('known@example.org'), logIn('unknown@example.org'))
  t.ok(alike(found), `ratio ${found}`)
})
