// The time of a response does not reveal whether an address is registered: both branches do the same work in
// the same steps. Steps are exact on any machine, and show a single query that one branch waits for longer.
// Medians of measured times did not: a look-up of 3.5 ms in 27 ms stayed within their noise.
import t from 'tap'
import { observeSteps } from '../../support/critical-path.ts'
import { served } from '../../support/http/served.ts'

type Call = () => Promise<unknown>

const { client, arrive } = await served(t, { HASH_CONCURRENCY: '1' })
await arrive('known')
const stepsOf = observeSteps(t)

/** The steps of two calls, after one call of each that can prepare something for later ones. */
async function bothSteps(one: Call, other: Call) {
  await one()
  await other()
  return { first: await stepsOf(one), second: await stepsOf(other) }
}

const requestReset = (email: string) => () => client().POST('/password-resets', { body: { email } })

t.test(
  'a request for a reset mail does the same work for known and unknown addresses',
  async (t) => {
    const known = requestReset('known@example.org')
    const unknown = requestReset('unknown@example.org')
    const { first, second } = await bothSteps(known, unknown)
    t.strictSame(first, [['enqueueTask']])
    t.strictSame(second, first)
  },
)

const resend = (email: string) => () =>
  client().POST('/email-verifications/resend', { body: { email } })

t.test(
  'a request to resend a mail does the same work for known and unknown addresses',
  async (t) => {
    const [known, unknown] = [resend('known@example.org'), resend('unknown@example.org')]
    const { first, second } = await bothSteps(known, unknown)
    t.strictSame(first, [['enqueueTask']])
    t.strictSame(second, first)
  },
)

t.test('a registration does the same work for taken and free addresses', async (t) => {
  const required = await served(t, { REQUIRE_VERIFIED_EMAIL: 'true', ARGON2_MEMORY_KIB: '19456' })
  let n = 0
  const register = (email: () => string) => () => {
    n += 1
    const body = { email: email(), username: `user${n}`, password: 'a few unrelated words' }
    return required.client().POST('/users', { body })
  }
  const taken = register(() => 'taken@example.org')
  const free = register(() => `free${n}@example.org`)
  const { first, second } = await bothSteps(taken, free)
  const steps = [
    ['limits.keepFirst'],
    ['limits.keepFirst'],
    ['hash m=19456,t=1'],
    ['limits.keepFirst'],
    ['findCredentials', 'isUsernameTaken'],
    ['log.append'],
    ['limits.removeNumber'],
  ]
  t.strictSame(second, steps, 'a free address')
  t.strictSame(first, steps, 'a taken address')

  const answers = new Set<string>()
  const refused = (email: string) => async () => {
    const body = { email, username: 'known', password: 'password' }
    const { response, data, error } = await required.client().POST('/users', { body })
    answers.add(JSON.stringify([response.status, data, error]))
  }
  const weak = await bothSteps(refused('taken@example.org'), refused('unknown@example.org'))
  const lookUps = [['counts:rlflx-get', 'isUsernameTaken']]
  t.strictSame(weak.second, lookUps, 'a weak password costs a look-up of the username, and no hash')
  t.strictSame(weak.first, lookUps)
  t.equal(answers.size, 1, [...answers].join('\n'))
  t.match([...answers][0], /too_common/)
})

const logIn = (email: string) => () =>
  client().POST('/sessions', { body: { email, password: 'not the one' } })

t.test('a failed login does the same work for known and unknown addresses', async (t) => {
  const [known, unknown] = [logIn('known@example.org'), logIn('unknown@example.org')]
  const { first, second } = await bothSteps(known, unknown)
  t.strictSame(first, [['findCredentials'], ['hash m=1024,t=1']])
  t.strictSame(second, first)
})

t.test(
  'a login to a locked account does the same work for known and unknown addresses',
  async (t) => {
    const limited = await served(t, { HASH_CONCURRENCY: '1', RATE_LIMITS: 'on' })
    await limited.arrive('known')
    const tried = (email: string) => () =>
      limited.client().POST('/sessions', { body: { email, password: 'not the one' } })
    const [known, unknown] = [tried('known@example.org'), tried('unknown@example.org')]
    for (const wrong of [known, unknown]) for (let n = 0; n < 6; n += 1) await wrong()
    await limited.owner.query(
      `update limits.counts set points = 96 where key like 'tries:%:all:passed'`,
    )
    const { first, second } = await bothSteps(known, unknown)
    t.match(JSON.stringify(first), 'lockNotices.request')
    t.strictSame(second, first)
  },
)
