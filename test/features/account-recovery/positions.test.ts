// User enumeration by numbers: where addresses must be verified, no number that a client can see shows whether
// an address has an account. Each request moves every number by the same for every address, when the response
// is there and again when the worker is done. Numbers are counted, so no request is too quick to be seen.
import t, { type Test } from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { createTokenSource } from '../../../src/features/account-recovery/token-source.ts'
import { countWithoutDisclosure } from '../../../src/features/statistics/queries.ts'
import { createEventStore } from '../../../src/platform/event-store/event-store.ts'
import type { Mail } from '../../../src/platform/mail/mail.ts'
import { createMailQuotas } from '../../../src/platform/mail/mail-quotas.ts'
import {
  finishTask,
  type Handlers,
  type Task,
  takeTask,
} from '../../../src/platform/task-queue/task.ts'
import { createHandlers } from '../../../src/process-managers.ts'
import { letters, openPool } from '../../support/domain.ts'
import { password, served } from '../../support/http/served.ts'
import { follow } from '../../support/live-updates/reader.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await served(t, { REQUIRE_VERIFIED_EMAIL: 'true' })
const { client, another, owner, server, databaseUrl } = service
const second = await another()
const mails: Mail[] = []
const pool = openPool(t, databaseUrl)

/** The handlers of a worker, with a key of its own for tokens. */
function startWorker(sendMail = async (mail: Mail) => void mails.push(mail)): Handlers {
  const { append, send } = createHandlers({
    ...loadConfig({ ARGON2_MEMORY_KIB: '1024', REQUIRE_VERIFIED_EMAIL: 'true' }),
    pool,
    store: createEventStore(pool),
    sendMail,
    mayMail: createMailQuotas(pool, { warn: () => undefined }),
    ...{ letters, tokens: createTokenSource(), forgetLeft: async () => false },
    publicUrl: 'https://epistle.example',
  })
  return { ...append, ...send }
}
const worker = startWorker()

/** Does all waiting tasks; a task is begun by `crashed`, which dies before it can delete it. */
async function work(crashed?: typeof worker): Promise<void> {
  for (;;) {
    await owner.query('begin')
    const task = await takeTask(owner, Object.keys(worker))
    if (task) {
      await crashed?.[task.process]?.(task)
      await finishTask(owner, task, await worker[task.process]?.(task))
    }
    await owner.query('commit')
    if (!task) return
  }
}

interface Registering {
  readonly username?: string
  readonly key?: string
  readonly url?: string
}

let names = 0
const register = async (
  email: string,
  { username = `name${++names}`, key, url = server.url }: Registering = {},
) => {
  const headers = { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) }
  const body = JSON.stringify({ email, username, password })
  return (await fetch(`${url}/users`, { method: 'POST', headers, body })).status
}
const requestReset = async (email: string) =>
  (await client().POST('/password-resets', { body: { email } })).response.status
const resend = async (email: string) =>
  (await client().POST('/email-verifications/resend', { body: { email } })).response.status
const logIn = async (email: string) =>
  (await client().POST('/sessions', { body: { email, password: 'not the one' } })).response.status

/** Registers a user, and verifies the address by the link that `work` has mailed. */
async function verify(email: string) {
  await register(email)
  await work()
  const { token } = linkIn(mails.findLast(({ to }) => to === email) ?? { text: '' })
  const { response } = await client().POST('/email-verifications', { body: { token } })
  if (!response.ok) throw new Error(`${email} cannot be verified`)
  await work()
}

await verify('known@example.org')
await verify('prober@example.org')
await register('unverified@example.org')
await work()
const login = await client().POST('/sessions', { body: { email: 'prober@example.org', password } })
const token = login.data?.token ?? ''

/**
 * The end of the log in `ready`; the greatest position that an append has used, even if it was rejected, which
 * a client sees as the distance of its own events; and the statistics of the day, which operators see.
 */
async function numbers(): Promise<Record<string, number>> {
  const reader = await follow(t, server.url, token)
  const { id } = await reader.until(({ event }) => event === 'ready')
  reader.leave()
  const { rows } = await owner.query('select last_value from log.events_position_seq')
  const day = new Date().toISOString().slice(0, 10)
  const [counted] = await countWithoutDisclosure(owner, { from: day, to: day })
  const { messagesSent = -1, senders = -1, newUsers = -1 } = counted ?? {}
  return { ready: Number(id), used: Number(rows[0].last_value), messagesSent, senders, newUsers }
}

type Act = (email: string) => Promise<unknown>

/** The answer to a request, and how far each number moves at once and with the worker's part. */
async function effectsOf(act: Act, email: string, crashed?: typeof worker) {
  const before = await numbers()
  const answer = await act(email)
  const atOnce = difference(await numbers(), before)
  await work(crashed)
  return { answer, atOnce, inAll: difference(await numbers(), before) }
}

function difference(after: Record<string, number>, before: Record<string, number>) {
  return Object.fromEntries(
    Object.entries(after).map(([name, number]) => [name, number - (before[name] ?? 0)]),
  )
}

/** Asserts that a request has the same effects for every address, and returns them. */
async function sameForAll(t: Test, act: Act, crashed?: typeof worker) {
  const free = await effectsOf(act, `free${++names}@example.org`, crashed)
  for (const email of [
    'known@example.org',
    ' KNOWN@example.org ',
    'unverified@example.org',
    'epistle@localhost',
  ]) {
    if (email.endsWith('localhost') && act === register) continue
    t.strictSame(await effectsOf(act, email, crashed), free, email)
  }
  return free
}

for (const [name, act, atOnce] of [
  ['A password reset request', requestReset, 0],
  ['A request to resend the verification mail', resend, 0],
  ['A login with a wrong password', logIn, 0],
  ['A registration', register, 1],
] as const) {
  t.test(`${name} moves every visible number by the same for every address`, async (t) => {
    const { atOnce: moved } = await sameForAll(t, act)
    t.strictSame(moved, { ready: atOnce, used: atOnce, messagesSent: 0, senders: 0, newUsers: 0 })
  })
}

/** Requests that lead to mails, and how many events each appends, whatever the address is. */
const mailing = [
  [requestReset, 1],
  [resend, 1],
  [register, 2],
] as const

t.test(
  'The retry of a worker that died after its tasks moves the numbers by the same for every address',
  async (t) => {
    for (const [act, events] of mailing) {
      const { inAll } = await sameForAll(t, act, startWorker())
      t.equal(inAll.used, events, 'the retry appends nothing')
    }
  },
)

/** Workers that cannot send a mail, and then one that can; hours pass between their attempts. */
function retriesAcrossHours(minutes: readonly number[]): typeof worker {
  const fail = () => Promise.reject(new Error('the SMTP server does not answer'))
  const workers = [...minutes.slice(1).map(() => startWorker(fail)), startWorker()]
  const handle = async (task: Task) => {
    const { now } = Date
    for (const [n, each] of workers.entries()) {
      Date.now = () => now() + (minutes[n] ?? 0) * 60_000
      await each[task.process]?.(task).catch(() => undefined)
    }
    Date.now = now
  }
  return Object.fromEntries(Object.keys(worker).map((process) => [process, handle]))
}

t.test(
  'Mails that are retried across hours and by other workers append as much as no mail does',
  async (t) => {
    for (const [act, events] of mailing) {
      const { inAll } = await sameForAll(t, act, retriesAcrossHours([0, 0, 30, 59, 61, 1439]))
      t.equal(inAll.used, events)
    }
  },
)

t.test('The link that another worker mails after two failures is valid', async (t) => {
  await register('retried@example.org')
  await work(retriesAcrossHours([0, 61, 122]))
  const { token } = linkIn(mails.findLast(({ to }) => to === 'retried@example.org') ?? { text: '' })
  const { response } = await client().POST('/email-verifications', { body: { token } })
  t.equal(response.status, 204)
  await work()
})

t.test(
  'Retried, repeated and rejected registrations move the numbers by the same for every address',
  async (t) => {
    const series: Act = async (email) => {
      const [username, key] = [`series${++names}`, `key-${names}`]
      const statuses = []
      for (const options of [
        { username, key },
        { username, key },
        { username: `${username}b`, key },
        { username: `${username}c` },
        { username: `${username}c` },
        { username },
      ]) {
        statuses.push(await register(email, options))
      }
      return statuses
    }
    const { answer } = await sameForNew(t, series)
    t.strictSame(answer, [202, 202, 202, 202, 409, 409])
  },
)

t.test(
  'Concurrent registrations on two servers move the numbers by the same for every address',
  async (t) => {
    const burst: Act = (email) =>
      Promise.all(
        Array.from({ length: 6 }, (_, n) => register(email, { url: n % 2 ? second : server.url })),
      )
    const { answer, atOnce } = await sameForNew(t, burst)
    t.strictSame(answer, Array(6).fill(202))
    t.strictSame([atOnce.ready, atOnce.used], [6, 6], 'each has appended one event')
  },
)

/** Like `sameForAll`, for acts that only an address that can be registered allows. */
async function sameForNew(t: Test, act: Act) {
  const free = await effectsOf(act, `free${++names}@example.org`)
  for (const email of ['known@example.org', 'unverified@example.org']) {
    t.strictSame(await effectsOf(act, email), free, email)
  }
  return free
}
