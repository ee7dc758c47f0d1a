// Verified addresses: a link is mailed at registration, and the profile shows the result. If the operator
// requires verification, a login needs it, and a registration does not show whether an address has an account.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { serve } from '../../../src/serve.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { idOf } from '../../support/ids.ts'
import { linkIn } from '../../support/smtp-server.ts'

const required = { REQUIRE_VERIFIED_EMAIL: 'true' }
const service = await servedWithMail(t, required)
const { client, owner, mailsTo, untilNoTasksLeft, send, databaseUrl, log } = service
await service.startWorker()
const verificationMail = /Confirm your e-mail address/

const register = (name: string, email = `${name}@example.org`, key?: string) =>
  send('/users', {
    method: 'POST',
    ...(key && { headers: { 'idempotency-key': key } }),
    body: JSON.stringify({ email, username: name, password }),
  })
const logIn = (email: string, own = password) =>
  client().POST('/sessions', { body: { email, password: own } })
const verify = (token: string) => client().POST('/email-verifications', { body: { token } })

async function facts(response: Response) {
  return {
    status: response.status,
    body: await response.text(),
    headers: [...response.headers.keys()].sort(),
  }
}

async function tokenTo(email: string, count = 1): Promise<string> {
  const [newest] = (await mailsTo(email, verificationMail, count)).slice(-1)
  return linkIn(newest ?? {}).token
}

t.test('A user can log in after opening the link in the mail', async (t) => {
  const email = 'ada@example.org'
  t.equal((await register('ada')).status, 202)
  const answers = [await logIn(email), await logIn(email, 'a wrong password')]
  for (const { error } of answers) t.equal(error?.code, 'invalid_credentials')
  const [mail] = await mailsTo(email, verificationMail)
  t.match(mail?.text, /epistle\.example\/verify-email\?lang=en#token=[\w-]{43}&username=ada\n/)
  t.equal((await verify(linkIn(mail ?? {}).token)).response.status, 204)
  const { data, response } = await logIn(email)
  t.equal(response.status, 201)
  t.equal(data?.user.emailVerified, true)
})

t.test(
  'A registration with a taken address gets the response of a free one, and a mail to its owner',
  async (t) => {
    const free = await facts(await register('bob'))
    t.strictSame(await facts(await register('other', 'ADA@example.org')), free)
    t.equal(free.status, 202)
    t.equal(free.body, '{"next":"verify_email"}')
    const [mail] = await mailsTo('ada@example.org', /already have an account with Epistle/)
    t.match(mail?.recipients, ['ada@example.org'])
  },
)

t.test('The owner of an unverified, taken address sets the password that counts', async (t) => {
  const email = 'gus@example.org'
  await register('squatter', email)
  await register('gus', email)
  const [mail] = await mailsTo(email, /Set a password for your Epistle account/)
  const body = { token: linkIn(mail ?? {}).token, newPassword: 'the words of its owner' }
  t.equal((await client().POST('/password-resets/confirm', { body })).response.status, 204)
  t.equal(
    (await logIn(email)).response.status,
    401,
    'the password of the first registration no longer works',
  )
  t.equal((await logIn(email, body.newPassword)).response.status, 201)
})

t.test(
  'A login with the registered password does not show whether the address was taken',
  async (t) => {
    const limitedEnv = { ...required, PORT: '0', ARGON2_MEMORY_KIB: '1024', RATE_LIMITS: 'on' }
    const limitedServer = await serve({ config: loadConfig(limitedEnv), databaseUrl, log })
    t.teardown(() => limitedServer.close())
    const { POST } = client(undefined, limitedServer.url)
    const codes = async (email: string, username: string) => {
      const guess = { email, password: 'what a prober has chosen' }
      await POST('/users', { body: { ...guess, username } })
      const found = []
      for (let n = 0; n < 6; n += 1) {
        found.push((await POST('/sessions', { body: guess })).error?.code)
      }
      return found
    }
    const taken = await codes('ada@example.org', 'prober')
    t.strictSame(taken, [...Array(5).fill('invalid_credentials'), 'too_many_requests'])
    t.strictSame(await codes('not-yet@example.org', 'prober2'), taken)
  },
)

t.test('A taken username is reported, whether or not the address is taken too', async (t) => {
  // The constraints of older read tables, while they are live, may be the first to reject.
  for (const [n, email] of ['ada@example.org', 'new@example.org'].entries()) {
    for (const key of [undefined, `name-${n}`]) {
      const answer = await register('ada', email, key)
      t.equal(answer.status, 409)
      t.match(await answer.json(), { code: 'username_taken' })
    }
  }
})

t.test('No later request shows whether an address was taken', async (t) => {
  const other = 'a few other words'
  const codes = async (email: string, name: string) => {
    const found = []
    for (const [address, username, key, own] of [
      [email, name],
      [email, name],
      [`${name}@example.net`, name],
      [email, `${name}2`, name],
      [email, `${name}2`, name],
      [email, `${name}2`, name, other],
      [email, `${name}3`, name],
      [`${name}@example.net`, `${name}2`, name],
    ] as const) {
      const headers = key ? { 'idempotency-key': key } : {}
      const body = JSON.stringify({ email: address, username, password: own ?? password })
      const answer = await send('/users', { method: 'POST', headers, body })
      const { code } = (answer.status === 202 ? {} : await answer.json()) as { code?: string }
      found.push(code ?? answer.status)
    }
    const { token = '' } = (await logIn('ada@example.org')).data ?? {}
    const { data } = await client(token).GET('/users', { params: { query: { username: name } } })
    return [...found, data?.items.length]
  }
  const taken = await codes('ada@example.org', 'probe-taken')
  const again = 'username_taken'
  t.strictSame(taken, [202, again, again, 202, 202, 202, 202, again, 0])
  t.strictSame(await codes('free@example.org', 'probe-free'), taken)
})

t.test(
  'Of concurrent registrations of one username exactly one is accepted, with taken and free addresses',
  async (t) => {
    const emails = ['ada@example.org', 'h1@example.org', 'h2@example.org', 'bob@example.org']
    for (let turn = 0; turn < 4; turn += 1) {
      const answers = await Promise.all(emails.map((email) => register(`race${turn}`, email)))
      t.strictSame(answers.map(({ status }) => status).sort(), [202, 409, 409, 409])
    }
  },
)

t.test('A retried registration with the same key gets the same response', async (t) => {
  const first = await facts(await register('cid', undefined, 'key'))
  t.strictSame(await facts(await register('cid', undefined, 'key')), first)
  await untilNoTasksLeft()
  const mails = await mailsTo('cid@example.org', /./)
  t.equal(mails.length, 1, 'no mail reports a second registration')
})

t.test('A resent verification mail replaces the older one and works once', async (t) => {
  const email = 'cid@example.org'
  const older = await tokenTo(email)
  const ask = () => client().POST('/email-verifications/resend', { body: { email } })
  t.equal((await ask()).response.status, 202)
  const newer = await tokenTo(email, 2)
  t.equal((await verify(older)).error?.code, 'invalid_token')
  t.equal((await verify(newer)).response.status, 204)
  t.equal((await verify(newer)).error?.code, 'invalid_token')
  t.equal((await ask()).response.status, 202)
  t.equal(
    (await client().POST('/email-verifications/resend', { body: { email: 'x' } })).response.status,
    202,
  )
  await untilNoTasksLeft()
  t.equal(
    (await mailsTo(email, verificationMail)).length,
    2,
    'a verified address gets no more mails',
  )
})

t.test('A verification link is valid for a day, as the mail states', async (t) => {
  const email = 'cora@example.org'
  await register('cora')
  const [mail] = await mailsTo(email, verificationMail)
  t.match(mail?.text, /before \w{3} \d+, \d\d:\d\d UTC and press/)
  const { rows } = await owner.query(
    `select extract(epoch from i.expires_at - i.recorded_at)::int / 3600.0 as hours
     from log.mail_token_issued_8 i join read.users_2 u on u.id = user_id where email = $1`,
    [email],
  )
  const [{ hours }] = rows
  t.ok(hours >= 23.99 && hours <= 25, `${hours} h`)
  await owner.query(`update read.mail_tokens_8 set expires_at = now() where user_id =
    (select id from read.users_2 where email = 'cora@example.org')`)
  t.equal((await verify(linkIn(mail ?? {}).token)).error?.code, 'invalid_token')
})

t.test('Of many concurrent verifications with one token exactly one succeeds', async (t) => {
  await register('dora')
  const token = await tokenTo('dora@example.org')
  const answers = await Promise.all([...Array(8)].map(() => verify(token)))
  const codes = answers.map(({ response, error }) => error?.code ?? response.status)
  t.strictSame(codes.sort(), [204, ...Array(7).fill('invalid_token')])
})

t.test('A verification token cannot reset the password', async (t) => {
  await register('eve')
  const token = await tokenTo('eve@example.org')
  const body = { token, newPassword: 'the next secret words' }
  const reset = await client().POST('/password-resets/confirm', { body })
  t.equal(reset.error?.code, 'invalid_token')
})

t.test('A password reset also verifies the address', async (t) => {
  const email = 'eve@example.org'
  await client().POST('/password-resets', { body: { email } })
  const [mail] = await mailsTo(email, /Reset your Epistle password/)
  const newPassword = 'the next secret words'
  const body = { token: linkIn(mail ?? {}).token, newPassword }
  t.equal((await client().POST('/password-resets/confirm', { body })).response.status, 204)
  t.equal((await logIn(email, newPassword)).data?.user.emailVerified, true)
  t.equal((await verify(await tokenTo(email))).error?.code, 'invalid_token')
})

t.test('A user who registers through an older release gets a verification mail', async (t) => {
  const email = 'old@example.org'
  await owner.query(`insert into log.user_registered_0 values ($1, $2, '-')`, [idOf(1), email])
  t.equal((await verify(await tokenTo(email))).response.status, 204)
})

t.test(
  'Where verification is optional, a user logs in unverified, and the profile shows it',
  async (t) => {
    const config = loadConfig({ PORT: '0', ARGON2_MEMORY_KIB: '1024', RATE_LIMITS: 'off' })
    const optionalServer = await serve({ config, databaseUrl, log })
    t.teardown(() => optionalServer.close())
    const visitor = client(undefined, optionalServer.url)
    const email = 'fay@example.org'
    const registered = await visitor.POST('/users', { body: { email, username: 'fay', password } })
    t.equal(registered.response.status, 201)
    const login = await visitor.POST('/sessions', { body: { email, password } })
    t.equal(login.data?.user.emailVerified, false)
    const me = client(login.data?.token, optionalServer.url)
    await verify(await tokenTo(email))
    t.equal((await me.GET('/users/me')).data?.emailVerified, true)
  },
)
