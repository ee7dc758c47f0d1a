// A user is suspended and reinstated by the command line of an operator, over HTTP and beside servers of older releases.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import * as release0 from '../../support/old-releases/release-0.ts'
import * as release3 from '../../support/old-releases/release-3.ts'
import * as release5 from '../../support/old-releases/release-5.ts'
import { run, servers } from '../../support/old-releases/statement.ts'
import { epistle, finished } from '../../support/service.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t)
const { arrive, client, databaseUrl, mailsTo, owner } = service
await service.startWorker()
const [ada, bob] = [await arrive('ada'), await arrive('bob')]
const old = servers(t, databaseUrl)

const operate = (...args: string[]) =>
  finished(epistle(t, ['user', ...args], { env: { DATABASE_URL: databaseUrl } }))
const by = ['--actor', 'Olga']
const send = (from: typeof ada, to: typeof ada) =>
  from.client.POST('/messages', { body: { to: to.user.id, content: 'Hello' } })
const logIn = (email: string, word = password) =>
  client().POST('/sessions', { body: { email, password: word } })

const sent = (await send(ada, bob)).data?.id ?? ''

t.test(
  'suspend ends the sessions, and refuses logins after the right password alone',
  async (t) => {
    const { code, stdout } = await operate('suspend', 'ada', '--reason', 'spam', ...by)
    t.equal(code, 0)
    t.equal(stdout, 'the user is suspended\n')
    t.equal((await send(ada, bob)).response.status, 401)
    t.equal((await ada.client.GET('/users/me')).response.status, 401)
    t.match(await logIn(ada.email), { response: { status: 403 }, error: { code: 'suspended' } })
    t.match((await logIn(ada.email, 'a wrong password')).error, { code: 'invalid_credentials' })
    const again = await operate('suspend', ada.email, '--reason', 'more spam', ...by)
    t.match(again, { code: 0, stdout: /is suspended already/ })
  },
)

t.test('Servers of older releases refuse what a suspended user sends', async (t) => {
  const values = [randomUUID(), ada.user.id, 'a token']
  const refused = await run(old, release0.startSession, values).catch((error) => error)
  t.match(refused, { constraint: 'suspended_users_17__suspended' })
  const message = { id: randomUUID(), srcId: ada.user.id, dstId: bob.user.id, content: 'Hi' }
  const edit = { ...message, messageId: sent }
  for (const request of [release3.messageSent(message), release5.messageEdited(edit)]) {
    const [row] = await run(old, release3.append, [JSON.stringify(request)])
    t.match(row, { verdicts: [{ constraint: 'blocks_17__suspended' }] })
  }
})

t.test('Others keep what they received, and can write to a suspended user', async (t) => {
  const params = { path: { id: sent } }
  t.match((await bob.client.GET('/messages/{id}', { params })).data, { content: 'Hello' })
  t.equal((await send(bob, ada)).response.status, 201)
  t.match((await bob.client.GET('/users/{id}', { params: { path: { id: ada.user.id } } })).data, {
    username: 'ada',
  })
})

t.test('A suspended user resets the password, and stays suspended', async (t) => {
  t.match(await operate('send-reset', 'ada', ...by), { code: 0 })
  const [mail] = await mailsTo(ada.email, /Reset your Epistle password/)
  const newPassword = 'the next secret words'
  const { token } = linkIn(mail ?? {})
  const reset = await client().POST('/password-resets/confirm', { body: { token, newPassword } })
  t.equal(reset.response.status, 204)
  t.match((await logIn(ada.email, newPassword)).error, { code: 'suspended' })
})

t.test('reinstate lets the user log in again, with the history and an export', async (t) => {
  t.match(await operate('reinstate', 'ada', ...by), { code: 0, stdout: /is reinstated/ })
  t.match(await operate('reinstate', 'ada', ...by), { code: 0, stdout: /is not suspended/ })
  t.equal((await ada.client.GET('/users/me')).response.status, 401, 'sessions do not come back')
  const { data } = await logIn(ada.email, 'the next secret words')
  const again = { ...ada, client: client(data?.token) }
  t.equal((await send(again, bob)).response.status, 201)
  const { data: history } = await again.client.GET('/users/me/history')
  const types = history?.items.map(({ type }) => type)
  t.strictSame(types?.slice(0, 4), ['logged_in', 'reinstated', 'email_verified', 'password_reset'])
  t.ok(types?.includes('suspended'))
  const exported = await fetch(`${service.server.url}/users/me/export`, {
    headers: { authorization: `Bearer ${data?.token}` },
  })
  const lines = (await exported.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  t.match(lines.find(({ type }) => type === 'user_suspended')?.data, { reason: 'spam' })
  t.notMatch(JSON.stringify(lines), /Olga/, 'no name of an operator')
})

t.test('end-sessions ends all sessions, in events of the operator', async (t) => {
  t.match(await operate('end-sessions', 'bob', ...by), { code: 0, stdout: /have ended/ })
  t.equal((await bob.client.GET('/users/me')).response.status, 401)
  t.match(await operate('end-sessions', 'bob', ...by), { code: 0, stdout: /no active session/ })
})

t.test('show lists the account and the operator of each act', async (t) => {
  const { stdout, code } = await operate('show', 'ADA@example.org')
  t.equal(code, 0)
  t.match(stdout, /^State +active$/m)
  t.match(stdout, / suspended, by the operator Olga$/m)
  t.match(stdout, / reinstated, by the operator Olga$/m)
  t.match(stdout, / password_reset_requested, by the operator Olga$/m)
  t.match(stdout, / registered$/m)
  const shown = JSON.parse((await operate('show', bob.user.id, '--json')).stdout)
  t.match(shown, { username: 'bob', activeSessions: 0, suspension: null })
  t.match(shown.history[0], { type: 'session_ended', operator: 'Olga' })
  t.notMatch(JSON.stringify(shown), /argon2|hash|token/i)
})

t.test('Unknown, departed and internal users are refused in one line', async (t) => {
  t.match(await operate('show', 'nobody'), {
    code: 1,
    stderr: 'epistle: no user has this id, e-mail address or username\n',
  })
  t.match(await operate('suspend', 'epistle', '--reason', 'why'), { code: 1, stderr: /itself/ })
  const cleo = await arrive('cleo')
  await operate('suspend', 'cleo', '--reason', 'a secret reason', ...by)
  t.match(await operate('forget', 'cleo'), { code: 0, stdout: /are erased/ })
  t.match(await operate('show', cleo.user.id), { code: 0, stdout: /personal data erased/ })
  for (const action of ['reinstate', 'end-sessions', 'send-reset']) {
    t.match(await operate(action, cleo.user.id), { code: 1, stderr: /were erased/ })
  }
  const { rows } = await owner.query(
    'select reason from log.user_suspended_17 where user_id = $1',
    [cleo.user.id],
  )
  t.strictSame(rows, [{ reason: '' }])
})

t.test('The commands need only the login of a server', async (t) => {
  const { rows } = await owner.query(`select current_database() as name`)
  const login = `operator_${rows[0].name}`.slice(0, 60).toLowerCase()
  await owner.query(`create role "${login}" login password 'x' in role epistle_service`)
  t.teardown(() => owner.query(`drop role "${login}"`))
  const url = new URL(databaseUrl)
  url.username = login
  url.password = 'x'
  const env = { DATABASE_URL: url.href }
  const shown = await finished(epistle(t, ['user', 'show', 'bob'], { env }))
  t.match(shown, { code: 0, stdout: /^Username +bob$/m })
})

t.test('The read tables equal their replay', async (t) => {
  const verified = await finished(epistle(t, ['verify'], { env: { DATABASE_URL: databaseUrl } }))
  t.equal(verified.code, 0, verified.stdout)
})
