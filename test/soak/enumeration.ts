// Response times do not reveal whether an address has an account. Requests for two kinds of addresses alternate at random,
// and the comment has the probability that one of the first kind takes longer than one of the second: 0.5 means that their
// times tell nothing. A control shows that a difference is found where there is one. test/features/account-recovery/
// timing.test.ts compares the steps of the same requests without a clock.
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { createOperators } from '../../src/operators.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { serve } from '../../src/serve.ts'
import { openPool } from '../support/domain.ts'
import { password, served } from '../support/http/served.ts'
import { issueToken } from '../support/issue-token.ts'

const rounds = Number(process.env.SOAK_REQUESTS ?? 3_000)
/** Five standard deviations of the probability, where the kinds have the same times. */
const tolerance = 5 / Math.sqrt(6 * rounds)

const env = { HASH_CONCURRENCY: '1', LOG_LEVEL: 'error' }
const { server, arrive, databaseUrl, log } = await served(t, env)
const requiring = { ...env, PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1' }
const config = loadConfig({ ...requiring, RATE_LIMITS: 'off', REQUIRE_VERIFIED_EMAIL: 'true' })
/** A server where a registration does not reveal whether the address is taken. */
const discreet = await serve({ config, databaseUrl, log })
t.teardown(() => discreet.close())

async function post(url: string, path: string, body: object, token?: string): Promise<Response> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  await response.arrayBuffer()
  return response
}

type Request = () => Promise<Response>

/** The probability that a request of the first kind takes longer than one of the second (Mann–Whitney). */
async function compare(first: Request, second: Request): Promise<number> {
  const times: { time: number; isFirst: boolean }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const order = Math.random() < 0.5 ? [true, false] : [false, true]
    for (const isFirst of order) {
      const began = performance.now()
      await (isFirst ? first : second)()
      times.push({ time: performance.now() - began, isFirst })
    }
  }
  times.sort((one, other) => one.time - other.time)
  const ranks = times.reduce((sum, { isFirst }, rank) => sum + (isFirst ? rank + 1 : 0), 0)
  return (ranks - (rounds * (rounds + 1)) / 2) / rounds ** 2
}

await arrive('known')
await arrive('suspended')
const pool = openPool(t, databaseUrl)
const operators = createOperators(pool)
await operators.suspend('suspended', { reason: 'spam', actor: 'Olga' })
const left = await arrive('left')
const deletion = await post(
  server.url,
  '/users/me/deletion',
  { currentPassword: password },
  left.token,
)

const prober = await arrive('prober')
const purpose = 'email_verification'
const token = await issueToken(createEventStore(pool), prober.user.id, { purpose })
const verification = await post(server.url, '/email-verifications', { token })
t.strictSame([deletion.status, verification.status], [204, 204])

let n = 0
const login = (name: string, word: string) => () =>
  post(server.url, '/sessions', { email: `${name}@example.org`, password: word })
const reset = (name: string) => () =>
  post(server.url, '/password-resets', { email: `${name}@example.org` })
const resend = (name: string) => () =>
  post(server.url, '/email-verifications/resend', { email: `${name}@example.org` })
const register = (email: () => string) => () => {
  n += 1
  return post(discreet.url, '/users', { email: email(), username: `user${n}`, password })
}
const change = (email: () => string) => () => {
  n += 1
  const body = { newEmail: email(), currentPassword: password }
  return post(discreet.url, '/users/me/email-changes', body, prober.token)
}
const free = () => `free${n}@example.org`
const taken = () => 'known@example.org'

for (const [title, first, second] of [
  ['a failed login to an account', login('known', 'wrong'), login('unknown', 'wrong')],
  ['a failed login to a suspended account', login('suspended', 'wrong'), login('known', 'wrong')],
  ['a login to a deleted account', login('left', password), login('unknown', password)],
  ['a password reset for an account', reset('known'), reset('unknown')],
  ['a password reset for a deleted account', reset('left'), reset('unknown')],
  ['a verification mail for an account', resend('known'), resend('unknown')],
  ['a registration with a taken address', register(taken), register(free)],
  ['a change to a taken address', change(taken), change(free)],
] as const) {
  t.test(`The time of ${title} does not reveal it`, async (t) => {
    const probability = await compare(first, second)
    t.comment(`slower with a probability of ${probability.toFixed(3)}`)
    t.ok(Math.abs(probability - 0.5) < tolerance, `at most ${tolerance.toFixed(3)} from 0.5`)
  })
}

t.test('The times reveal a request that does less work: the control', async (t) => {
  const malformed = () => post(server.url, '/sessions', { email: 'known@example.org' })
  const probability = await compare(login('known', 'wrong'), malformed)
  t.comment(`slower with a probability of ${probability.toFixed(3)}`)
  t.ok(Math.abs(probability - 0.5) > tolerance)
})
