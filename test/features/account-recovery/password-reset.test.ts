// A forgotten password: requested, mailed and reset, with tokens that work once. Disclosure of accounts is
// tested in enumeration.test.ts.
import t from 'tap'
import { passwordResetTask } from '../../../src/features/account-recovery/tasks.ts'
import { serviceUserId } from '../../../src/features/users/queries.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { idOf } from '../../support/ids.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t, { LOG_LEVEL: 'trace' })
const { client, arrive, another, owner, lines, send, mailsTo, untilNoTasksLeft } = service
const worker = await service.startWorker()
const mail = /Reset your Epistle password/
const next = 'the next secret words'

/** Requests a reset and returns the token from the mail, the `count`-th to this address. */
async function tokenFor(email: string, count = 1): Promise<string> {
  const asked = await client().POST('/password-resets', { body: { email } })
  t.equal(asked.response.status, 202)
  const [newest] = (await mailsTo(email, mail, count)).slice(-1)
  return newest ? linkIn(newest).token : ''
}

const confirm = (token: string, newPassword = next, baseUrl?: string) =>
  client(undefined, baseUrl).POST('/password-resets/confirm', { body: { token, newPassword } })
const logIn = (email: string, password: string) =>
  client().POST('/sessions', { body: { email, password } })

t.test('A user resets a forgotten password with the token from the mail', async (t) => {
  const ada = await arrive('ada')
  const token = await tokenFor(ada.email)
  t.match(token, /^[\w-]{43}$/, '256 bits')
  const { response } = await confirm(token)
  t.equal(response.status, 204)
  t.notOk(response.headers.has('authorization'))
  t.equal((await ada.client.GET('/users/me')).response.status, 401, 'every session has ended')
  t.equal((await logIn(ada.email, password)).response.status, 401)
  t.equal((await logIn(ada.email, next)).response.status, 201)
  t.equal((await mailsTo(ada.email, /password was changed/)).length, 1, 'a mail reports the change')
})

t.test(
  'The link in the mail opens a page, with the token in the fragment, which servers do not see',
  async (t) => {
    const [sent] = await mailsTo('ada@example.org', mail)
    const { link } = linkIn(sent ?? {})
    t.match(
      link,
      /^https:\/\/epistle\.example\/reset-password\?lang=en#token=[\w-]{43}&username=ada$/,
    )
    t.match(sent?.html, `href="${link.replace('&', '&amp;')}"`)
    const page = await send('/reset-password')
    t.equal(page.status, 200)
    t.match(page.headers.get('content-type'), 'text/html')
  },
)

t.test('Unknown, used, replaced and expired tokens get the same response', async (t) => {
  const { email } = await arrive('bob')
  const replaced = await tokenFor(email)
  const used = await tokenFor(email, 2)
  t.equal((await confirm(used)).response.status, 204)
  const expired = await tokenFor(email, 3)
  await owner.query(`update read.mail_tokens_8 set expires_at = now() - interval '1 second'`)
  const answers = [replaced, used, expired, 'no token', 'A'.repeat(43)].map((token) =>
    confirm(token),
  )
  const [first, ...others] = (await Promise.all(answers)).map(({ response, error }) => ({
    status: response.status,
    error,
  }))
  t.match(first, { status: 422, error: { code: 'invalid_token' } })
  for (const other of others) t.strictSame(other, first)
})

t.test('A password reset token is valid for an hour', async (t) => {
  const { email } = await arrive('cid')
  await tokenFor(email)
  const { rows } = await owner.query(
    `select extract(epoch from i.expires_at - i.recorded_at)::int as seconds
     from log.mail_token_issued_8 i join read.users_2 u on u.id = user_id where email = $1 and purpose = 'password_reset'`,
    [email],
  )
  t.ok(rows[0].seconds > 3500 && rows[0].seconds <= 3600, `${rows[0].seconds} s`)
})

t.test('A password reset request older than an hour sends no mail', async (t) => {
  const { email } = await arrive('dan')
  const ask = (minutes: number) =>
    owner.query(
      `insert into work.tasks (process, data, asked_at)
       values ($1, jsonb_build_object('email', $2::text), now() - make_interval(mins => $3))`,
      [passwordResetTask, email, minutes],
    )
  await ask(61)
  await untilNoTasksLeft()
  await ask(59)
  await untilNoTasksLeft()
  const [sent, ...more] = await mailsTo(email, mail)
  t.strictSame(more, [])
  const { rows } = await owner.query(
    `select to_char(expires_at at time zone 'UTC', 'HH24:MI "UTC"') as until
     from log.mail_token_issued_8 i join read.users_2 u on u.id = user_id
     where email = $1 and purpose = 'password_reset'`,
    [email],
  )
  t.equal(rows.length, 1)
  t.match(sent?.text, `, ${rows[0].until}.`, 'the mail states the expiry')
})

t.test('A rejected password leaves the token valid', async (t) => {
  const { email } = await arrive('dora')
  const token = await tokenFor(email)
  for (const weak of ['short', 'password123', email]) {
    const { response, error } = await confirm(token, weak)
    t.equal(response.status, 422)
    t.match(error, { code: 'password_refused', errors: [{ pointer: '/newPassword' }] })
  }
  t.equal((await confirm(token)).response.status, 204)
  const { error } = await confirm(token, 'short')
  t.match(error, {
    code: 'invalid_token',
    errors: [
      { pointer: '/token', code: 'invalid_token' },
      { pointer: '/newPassword', code: 'too_short', params: { min: 8 } },
    ],
  })
})

t.test(
  'Of many concurrent resets with one token, on two servers, exactly one succeeds',
  async (t) => {
    const { email } = await arrive('eve')
    const token = await tokenFor(email)
    const second = await another()
    const passwords = [...Array(8).keys()].map((n) => `${next} ${n}`)
    const answers = await Promise.all(
      passwords.map((each, n) => confirm(token, each, n % 2 ? second : undefined)),
    )
    const statuses = answers.map(({ response }) => response.status)
    t.equal(statuses.filter((status) => status === 204).length, 1, String(statuses))
    const lost = answers.filter(({ response }) => response.status !== 204)
    for (const { error } of lost) t.equal(error?.code, 'invalid_token')
    const winner = passwords[statuses.indexOf(204)] ?? ''
    t.equal((await logIn(email, winner)).response.status, 201)
  },
)

t.test('A password change ends the mailed token', async (t) => {
  const fay = await arrive('fay')
  const token = await tokenFor(fay.email)
  const body = { currentPassword: password, newPassword: next }
  t.equal((await fay.client.PUT('/users/me/password', { body })).response.status, 204)
  t.equal((await confirm(token)).error?.code, 'invalid_token')
})

t.test('A mail sent again by another worker has a second valid token', async (t) => {
  const { email } = await arrive('hal')
  // As if the first worker had died after sending the mail, before it deleted the task.
  const ask = () =>
    owner.query(
      `insert into work.tasks (id, process, data, asked_at)
       values ($1, $2, jsonb_build_object('email', $3::text), date_trunc('hour', now()) + $4)`,
      [idOf(1), passwordResetTask, email, '59 min'],
    )
  await ask()
  const first = linkIn((await mailsTo(email, mail))[0] ?? {}).token
  await untilNoTasksLeft()
  await worker.close()
  await ask()
  await service.startWorker()
  const mails = await mailsTo(email, mail, 2)
  t.equal(mails[1]?.messageId, mails[0]?.messageId)
  const second = linkIn(mails[1] ?? {}).token
  t.not(second, first)
  t.equal((await confirm(first)).response.status, 204)
  t.equal((await confirm(second)).error?.code, 'invalid_token', 'one use ends both')
})

t.test('The metadata of a reset names its actor and its causes', async (t) => {
  const eva = await arrive('eva')
  await confirm(await tokenFor(eva.email))
  const { rows } = await owner.query(
    `select e.type, e.metadata ->> 'actor' as actor, cause.type as cause
     from log.events e left join log.events cause on cause.id::text = e.metadata ->> 'causationId'
     left join log.mail_token_issued_8 i on i.position = e.position
     where $1 in (e.stream_id, i.user_id)
     order by e.position`,
    [eva.user.id],
  )
  const events = rows.map(({ type, actor, cause }) => [type, actor, cause])
  // The worker issues the token of the verification at any time.
  const verification = ['mail_token_issued_8', serviceUserId, 'user_registered_1']
  const isVerification = (event: unknown[]) => String(event) === String(verification)
  const last = events.filter((event) => !isVerification(event)).slice(-3)
  t.strictSame(last, [
    ['mail_token_issued_8', serviceUserId, null],
    ['password_changed_2', eva.user.id, 'mail_token_issued_8'],
    ['email_verified_8', eva.user.id, 'mail_token_issued_8'],
  ])
  t.ok(events.some(isVerification))
})

t.test('Neither the log output nor the database contains a token', async (t) => {
  const { email } = await arrive('ida')
  const token = await tokenFor(email)
  await confirm(token, 'short')
  await confirm(token)
  const all = lines.join('')
  t.match(all, '/password-resets/confirm')
  t.notOk(all.includes(token))
  t.notOk(all.includes(email))
  const { rows } = await owner.query(`
    select table_schema || '.' || table_name as name from information_schema.tables
    where table_schema in ('log', 'read', 'work') and table_type = 'BASE TABLE'`)
  const hex = Buffer.from(token).toString('hex')
  for (const { name } of rows) {
    const found = await owner.query(
      `select from ${name} as r where r::text like '%' || $1 || '%' or r::text like '%' || $2 || '%'`,
      [token, hex],
    )
    t.equal(found.rowCount, 0, name)
  }
})
