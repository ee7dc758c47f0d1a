// Users delete their accounts: what they, other users and strangers can still do, and how the link of the mail
// restores the account.
import t from 'tap'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { connect } from '../../support/installed.ts'
import { damagedTables } from '../../support/read-models/agreement.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t)
const { client, arrive, mailsTo, untilNoTasksLeft, mails, databaseUrl } = service
const second = await service.another()
let worker = await service.startWorker()

const subjects = {
  verify: /^Confirm your e-mail address for/,
  change: /^Confirm your new e-mail address/,
  notice: /^The e-mail address of your/,
  reset: /^Reset your/,
  restored: /^Choose a new password/,
  deleted: /^Your Epistle account was deleted/,
} as const

type User = Awaited<ReturnType<typeof arrive>>

const leave = (user: User, currentPassword = password) =>
  user.client.POST('/users/me/deletion', { body: { currentPassword } })
const restore = (token: string) => client().POST('/account-restorations', { body: { token } })
const send = (from: User, to: User) =>
  from.client.POST('/messages', { body: { to: to.user.id, content: 'Hello' } })
const logIn = (email: string, own = password, url?: string) =>
  client(undefined, url).POST('/sessions', { body: { email, password: own } })

async function tokenTo(email: string, subject: keyof typeof subjects, count = 1): Promise<string> {
  const newest = (await mailsTo(email, subjects[subject], count)).at(-1)
  return linkIn(newest ?? {}).token
}

async function verify(email: string, count = 1): Promise<void> {
  const token = await tokenTo(email, 'verify', count)
  await client().POST('/email-verifications', { body: { token } })
}

t.test('A user who leaves has no session, cannot log in and gets one mail alone', async (t) => {
  const ada = await arrive('ada')
  await verify(ada.email)
  await client().POST('/password-resets', { body: { email: ada.email } })
  const resetToken = await tokenTo(ada.email, 'reset')
  const { response } = await leave(ada)
  t.equal(response.status, 204)
  t.match(response.headers.get('epistle-position'), /^\d+$/)
  t.equal((await leave(ada)).error?.code, 'unauthenticated', 'a retry has no session')
  t.equal((await client(ada.token, second).GET('/users/me')).response.status, 401)
  for (const url of [undefined, second]) {
    t.equal((await logIn(ada.email, password, url)).error?.code, 'invalid_credentials')
  }
  const [mail] = await mailsTo(ada.email, subjects.deleted)
  t.match(mail?.text, /epistle\.example\/restore-account\?lang=en#token=[\w-]{43}\n/)
  const newPassword = 'another few words'
  const dead = await client().POST('/password-resets/confirm', {
    body: { token: resetToken, newPassword },
  })
  t.equal(dead.error?.code, 'invalid_token')
  await untilNoTasksLeft()
  const count = mails.length
  await client().POST('/password-resets', { body: { email: ada.email } })
  await client().POST('/email-verifications/resend', { body: { email: ada.email } })
  await untilNoTasksLeft()
  t.equal(mails.length, count, 'no other mail reaches the address')
})

t.test('Others keep what they received, and send nothing to a user who left', async (t) => {
  const [bob, cid, dan] = [await arrive('bob'), await arrive('cid'), await arrive('dan')]
  await send(bob, cid)
  await leave(bob)
  const params = { path: { id: bob.user.id } }
  t.strictSame((await cid.client.GET('/users/{id}', { params })).data, {
    ...{ id: bob.user.id, username: null },
  })
  const { data } = await cid.client.GET('/conversations')
  t.match(
    data?.items.find((each) => each.with.id === bob.user.id),
    { with: { username: null }, lastMessage: { content: 'Hello' } },
  )
  const found = await cid.client.GET('/users', { params: { query: { username: 'bob' } } })
  t.strictSame(found.data?.items, [])
  t.match((await send(cid, bob)).error, {
    ...{ status: 410, code: 'gone', errors: [{ pointer: '/to', code: 'gone' }] },
  })
  t.match((await send(dan, bob)).error, { status: 422, code: 'recipient_unknown' })
  const messages = [dan, bob].map(({ user }) => ({ to: user.id, content: 'Hello' }))
  t.match((await cid.client.POST('/messages/batch', { body: { messages } })).error, {
    ...{ code: 'gone', errors: [{ pointer: '/messages/1/to', code: 'gone' }] },
  })
})

t.test('The link restores the account as it was, once', async (t) => {
  const [eve, fay] = [await arrive('eve'), await arrive('fay')]
  await verify(eve.email)
  await send(eve, fay)
  await leave(eve)
  const token = await tokenTo(eve.email, 'deleted')
  const { response } = await restore(token)
  t.equal(response.status, 204)
  t.match(response.headers.get('epistle-position'), /^\d+$/)
  t.equal((await restore(token)).error?.code, 'invalid_token')
  t.equal((await eve.client.GET('/users/me')).response.status, 401, 'no session comes back')
  const { data } = await logIn(eve.email, password, second)
  t.match(data?.user, { id: eve.user.id, username: 'eve', emailVerified: true })
  t.equal((await send(fay, eve)).response.status, 201)
  const history = await client(data?.token).GET('/users/me/history')
  const types = history.data?.items.map(({ type }) => type) ?? []
  t.strictSame(types.slice(0, 3), ['logged_in', 'account_restored', 'account_deleted'])
  const body = { currentPassword: password, newPassword: 'another few words' }
  const changed = await client(data?.token).PUT('/users/me/password', { body })
  t.equal(changed.response.status, 204)
})

t.test('The address is free at once, the username is not', async (t) => {
  const gus = await arrive('gus')
  await leave(gus)
  const register = (username: string) =>
    client().POST('/users', { body: { email: 'GUS@example.org', username, password } })
  t.equal((await register('gus')).error?.code, 'username_taken')
  t.equal((await register('gus-two')).response.status, 201)
  t.match((await logIn(gus.email)).data?.user, { username: 'gus-two' })
})

t.test('A user who verified the freed address keeps it, and the link stays valid', async (t) => {
  const hal = await arrive('hal')
  await tokenTo(hal.email, 'verify')
  await leave(hal)
  const token = await tokenTo(hal.email, 'deleted')
  await client().POST('/users', { body: { email: hal.email, username: 'hal-two', password } })
  const { data } = await logIn(hal.email)
  await verify(hal.email, 2)
  t.match((await restore(token)).error, {
    ...{ code: 'email_taken', errors: [{ pointer: '/token', code: 'taken' }] },
  })
  t.match((await logIn(hal.email)).data?.user, { username: 'hal-two' })
  const body = { newEmail: 'hal@other.example', currentPassword: password }
  await client(data?.token).POST('/users/me/email-changes', { body })
  const change = await tokenTo(body.newEmail, 'change')
  await client().POST('/email-changes/confirm', { body: { token: change } })
  t.equal((await restore(token)).response.status, 204)
  t.match((await logIn(hal.email)).data?.user, { username: 'hal' })
})

t.test('A user who registered the freed address and never verified it loses it', async (t) => {
  const ida = await arrive('ida')
  await leave(ida)
  const token = await tokenTo(ida.email, 'deleted')
  await client().POST('/users', { body: { email: ida.email, username: 'ida-two', password } })
  const { data } = await logIn(ida.email)
  t.equal((await restore(token)).response.status, 204)
  t.match((await logIn(ida.email)).data?.user, { username: 'ida' })
  const squatter = await client(data?.token).GET('/users/me')
  t.match(squatter.data, { email: `${data?.user.id}@invalid`, emailVerified: false })
})

t.test('An owner whose account was taken over and deleted sets the address back', async (t) => {
  const joe = await arrive('joe')
  await verify(joe.email)
  const body = { newEmail: 'joe@thief.example', currentPassword: password }
  await joe.client.POST('/users/me/email-changes', { body })
  const change = await tokenTo(body.newEmail, 'change')
  await client().POST('/email-changes/confirm', { body: { token: change } })
  const token = await tokenTo(joe.email, 'notice')
  await leave(joe)
  const toThief = await tokenTo(body.newEmail, 'deleted')
  const { response } = await client().POST('/email-changes/revert', { body: { token } })
  t.equal(response.status, 204)
  t.equal((await restore(toThief)).error?.code, 'invalid_token')
  const newPassword = 'the words of the owner'
  const reset = { token: await tokenTo(joe.email, 'restored'), newPassword }
  await client().POST('/password-resets/confirm', { body: reset })
  t.match((await logIn(joe.email, newPassword)).data?.user, { id: joe.user.id, username: 'joe' })
})

t.test('An owner gets the notice of a change even if the account is deleted at once', async (t) => {
  const kay = await arrive('kay')
  await verify(kay.email)
  const body = { newEmail: 'kay@thief.example', currentPassword: password }
  await kay.client.POST('/users/me/email-changes', { body })
  const change = await tokenTo(body.newEmail, 'change')
  await worker.close()
  await client().POST('/email-changes/confirm', { body: { token: change } })
  await leave(kay)
  worker = await service.startWorker()
  const token = await tokenTo(kay.email, 'notice')
  const { response } = await client().POST('/email-changes/revert', { body: { token } })
  t.equal(response.status, 204)
})

t.test('A wrong password and an unknown token change nothing', async (t) => {
  const kim = await arrive('kim')
  t.match((await leave(kim, 'not the one')).error, {
    code: 'wrong_password',
    errors: [{ pointer: '/currentPassword', code: 'wrong' }],
  })
  t.equal((await kim.client.GET('/users/me')).response.status, 200)
  t.match((await restore('unknown')).error, { code: 'invalid_token' })
})

t.test('Two requests at once on two servers delete the account once', async (t) => {
  const lea = await arrive('lea')
  const body = { currentPassword: password }
  const statuses = await Promise.all(
    [undefined, second].map(
      async (url) =>
        (await client(lea.token, url).POST('/users/me/deletion', { body })).response.status,
    ),
  )
  t.ok(statuses.includes(204))
  t.ok(
    statuses.every((status) => [204, 401].includes(status)),
    String(statuses),
  )
  await untilNoTasksLeft()
  t.equal((await mailsTo(lea.email, subjects.deleted)).length, 1)
})

t.test('Every read table equals its replay', async (t) => {
  t.strictSame(await damagedTables(await connect(t, databaseUrl)), [])
})
