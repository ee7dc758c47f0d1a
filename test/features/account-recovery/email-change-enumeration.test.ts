// A request for another e-mail address does not show whether that has an account: not by its response, the steps of
// the server (as in timing.test.ts), or the positions of the log.
import t from 'tap'
import { observeSteps } from '../../support/critical-path.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

const env = { REQUIRE_VERIFIED_EMAIL: 'true', HASH_CONCURRENCY: '1' }
const { client, send, owner, mailsTo, untilNoTasksLeft, ...service } = await servedWithMail(t, env)
const worker = await service.startWorker()

async function register(name: string, { verified = true } = {}): Promise<void> {
  const email = `${name}@example.org`
  await client().POST('/users', { body: { email, username: name, password } })
  const [mail = {}] = await mailsTo(email, /^Confirm your e-mail address/)
  const body = { token: linkIn(mail).token }
  if (verified) await client().POST('/email-verifications', { body })
}

await register('known')
await register('unverified', { verified: false })
await register('prober')
const body = { email: 'prober@example.org', password }
const { data } = await client().POST('/sessions', { body })
const token = data?.token ?? ''

const request = (newEmail: string) => {
  const given = JSON.stringify({ newEmail, currentPassword: password })
  return send('/users/me/email-changes', { method: 'POST', token, body: given })
}
const taken = ['known@example.org', 'KNOWN@example.org', 'unverified@example.org']

async function lastPosition(): Promise<number> {
  await untilNoTasksLeft()
  const { rows } = await owner.query('select last_value from log.events_position_seq')
  return Number(rows[0].last_value)
}

t.test('A request gets the same response for each address, and uses one position', async (t) => {
  const facts = async (email: string) => {
    const before = await lastPosition()
    const response = await request(email)
    const headers = [...response.headers.keys()].sort()
    const text = await response.text()
    return { status: response.status, text, headers, used: (await lastPosition()) - before }
  }
  const free = await facts('free@example.org')
  t.match(free, { status: 202, text: '{"next":"open_email"}', used: 1 })
  for (const email of taken) t.strictSame(await facts(email), free, email)
})

t.test('A request does the same work for each address', async (t) => {
  await worker.close()
  const stepsOf = observeSteps(t)
  await request('first@example.org')
  const free = await stepsOf(() => request('another@example.org'))
  t.ok(free.flat().includes('enqueueTask'), JSON.stringify(free))
  for (const email of taken) t.strictSame(await stepsOf(() => request(email)), free, email)
})
