// Another e-mail address: it is confirmed by a mail to it, and a notice to the earlier one can set that back.
import t, { type Test } from 'tap'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t)
const { client, arrive, mailsTo, untilNoTasksLeft, mails } = service
await service.startWorker()

const newPassword = 'the words of the owner'
const subjects = {
  verify: /^Confirm your e-mail address for/,
  change: /^Confirm your new e-mail address/,
  taken: /^This address already has an account/,
  notice: /^The e-mail address of your/,
  reset: /^Reset your/,
  restored: /^Choose a new password/,
} as const

async function tokenTo(email: string, subject: keyof typeof subjects, count = 1): Promise<string> {
  const newest = (await mailsTo(email, subjects[subject], count)).at(-1)
  return linkIn(newest ?? {}).token
}

/** A user with a verified address and a session. */
async function verified(name: string) {
  const user = await arrive(name)
  const token = await tokenTo(user.email, 'verify')
  await client().POST('/email-verifications', { body: { token } })
  return user
}

type User = Awaited<ReturnType<typeof arrive>>

const ask = (user: User, newEmail: string, currentPassword = password) =>
  user.client.POST('/users/me/email-changes', { body: { newEmail, currentPassword } })
const confirm = (token: string) => client().POST('/email-changes/confirm', { body: { token } })
const revert = (token: string) => client().POST('/email-changes/revert', { body: { token } })
const logIn = async (email: string, own = password) =>
  (await client().POST('/sessions', { body: { email, password: own } })).response.status
const profileOf = async (user: User) => (await user.client.GET('/users/me')).data

/** Changes the address of a user, and returns the token of the notice to the earlier one. */
async function change(t: Test, user: User, newEmail: string): Promise<string> {
  t.equal((await ask(user, newEmail)).response.status, 202)
  t.equal((await confirm(await tokenTo(newEmail, 'change'))).response.status, 204)
  return tokenTo(user.email, 'notice')
}

t.test('A user changes a verified address with the link in the mail to the new one', async (t) => {
  const ada = await verified('ada')
  const reset = { body: { email: ada.email } }
  await client().POST('/password-resets', reset)
  const resetToken = await tokenTo(ada.email, 'reset')
  t.equal((await ask(ada, 'Ada@new.example')).response.status, 202)
  t.match(await profileOf(ada), { email: ada.email, emailVerified: true }, 'not yet')
  const [mail] = await mailsTo('Ada@new.example', subjects.change)
  t.match(mail?.text, /epistle\.example\/change-email\?lang=en#token=[\w-]{43}\n/)
  const token = linkIn(mail ?? {}).token
  t.equal((await confirm(token)).response.status, 204)
  t.match(await profileOf(ada), { email: 'Ada@new.example', emailVerified: true }, 'session stays')
  t.strictSame([await logIn('ada@new.example'), await logIn(ada.email)], [201, 401])
  t.equal((await confirm(token)).error?.code, 'invalid_token', 'a link works once')
  const dead = await client().POST('/password-resets/confirm', {
    body: { token: resetToken, newPassword },
  })
  t.equal(dead.error?.code, 'invalid_token', 'a link to the earlier address is invalid')
  const history = await ada.client.GET('/users/me/history')
  t.ok(history.data?.items.some(({ type }) => type === 'email_changed'))
  const next = { email: ada.email, username: 'next', password }
  const { response } = await client().POST('/users', { body: next })
  t.equal(response.status, 201, 'the earlier address is free')
})

t.test('The notice sets the address back, ends every session and starts a reset', async (t) => {
  const bob = await verified('bob')
  const token = await change(t, bob, 'bob@thief.example')
  await ask(bob, 'bob@later.example')
  const pending = await tokenTo('bob@later.example', 'change')
  t.equal((await revert(token)).response.status, 204)
  t.equal((await bob.client.GET('/users/me')).response.status, 401)
  t.strictSame([await logIn(bob.email), await logIn('bob@thief.example')], [401, 401])
  t.equal((await confirm(pending)).error?.code, 'invalid_token', 'a request of the thief is void')
  t.equal((await revert(token)).error?.code, 'invalid_token')
  const body = { token: await tokenTo(bob.email, 'restored'), newPassword }
  t.equal((await client().POST('/password-resets/confirm', { body })).response.status, 204)
  t.equal(await logIn(bob.email, newPassword), 201)
  await untilNoTasksLeft()
  const toThief = mails.filter(({ recipients }) => recipients.includes('bob@thief.example'))
  t.equal(toThief.length, 1, 'the thief gets no link that undoes it')
})

t.test('The first owner undoes a chain of changes, and no later owner undoes that', async (t) => {
  const cid = await verified('cid')
  const first = await change(t, cid, 'cid@two.example')
  t.equal((await ask(cid, 'cid@three.example')).response.status, 202)
  await confirm(await tokenTo('cid@three.example', 'change'))
  const second = await tokenTo('cid@two.example', 'notice')
  t.equal((await revert(first)).response.status, 204)
  t.equal((await revert(second)).error?.code, 'invalid_token')
  const body = { token: await tokenTo(cid.email, 'restored'), newPassword }
  t.equal((await client().POST('/password-resets/confirm', { body })).response.status, 204)
  t.equal(await logIn(cid.email, newPassword), 201)
})

t.test('A user who registered a freed address and never verified it loses it', async (t) => {
  const dan = await verified('dan')
  const token = await change(t, dan, 'dan@thief.example')
  const squatter = { email: 'DAN@example.org', username: 'squatter', password }
  t.equal((await client().POST('/users', { body: squatter })).response.status, 201)
  const { data } = await client().POST('/sessions', { body: { email: squatter.email, password } })
  t.equal((await revert(token)).response.status, 204)
  const seen = await client(data?.token).GET('/users/me')
  t.match(seen.data, { email: `${data?.user.id}@invalid`, emailVerified: false })
  const body = { token: await tokenTo(dan.email, 'restored'), newPassword }
  await client().POST('/password-resets/confirm', { body })
  t.equal(await logIn(dan.email, newPassword), 201)
})

t.test('A user who verified a freed address keeps it, and the link stays valid', async (t) => {
  const eve = await verified('eve')
  const token = await change(t, eve, 'eve@new.example')
  const second = { email: eve.email, username: 'eve-again', password }
  await client().POST('/users', { body: second })
  const { data } = await client().POST('/sessions', { body: { email: eve.email, password } })
  const verification = await tokenTo(eve.email, 'verify', 2)
  await client().POST('/email-verifications', { body: { token: verification } })
  const { error } = await revert(token)
  t.match(error, { code: 'email_taken', errors: [{ pointer: '/token', code: 'taken' }] })
  t.equal(await logIn('eve@new.example'), 201, 'nothing has changed')
  const other = client(data?.token)
  const body = { newEmail: 'eve@other.example', currentPassword: password }
  await other.POST('/users/me/email-changes', { body })
  await confirm(await tokenTo('eve@other.example', 'change'))
  t.equal((await revert(token)).response.status, 204)
})

t.test(
  'An address that was taken since the request is refused; the owner of a taken one gets a mail',
  async (t) => {
    const fay = await verified('fay')
    await ask(fay, 'fay@wanted.example')
    const token = await tokenTo('fay@wanted.example', 'change')
    const rival = { email: 'FAY@wanted.example', username: 'rival', password }
    await client().POST('/users', { body: rival })
    const { error } = await confirm(token)
    t.match(error, { code: 'email_taken', errors: [{ pointer: '/token', code: 'taken' }] })
    t.equal((await ask(fay, 'fay@WANTED.example')).response.status, 202)
    const [mail] = await mailsTo('FAY@wanted.example', subjects.taken)
    t.notMatch(mail?.text, /token=/)
    t.match(await profileOf(fay), { email: fay.email })
  },
)

t.test('An unverified address changes at once, without a notice', async (t) => {
  const gus = await arrive('gus')
  await tokenTo(gus.email, 'verify')
  t.equal((await ask(gus, 'gus@right.example')).response.status, 202)
  t.match(await profileOf(gus), { email: 'gus@right.example', emailVerified: false })
  const token = await tokenTo('gus@right.example', 'verify')
  t.equal((await client().POST('/email-verifications', { body: { token } })).response.status, 204)
  t.match(await profileOf(gus), { emailVerified: true })
  const hal = await arrive('hal')
  t.equal((await ask(hal, 'gus@right.example')).response.status, 202, 'taken')
  t.match(await profileOf(hal), { email: hal.email })
  await mailsTo('gus@right.example', subjects.taken)
  await untilNoTasksLeft()
  const notices = mails.filter(
    (mail) => mail.recipients.includes(gus.email) && subjects.notice.test(mail.subject ?? ''),
  )
  t.strictSame(notices, [])
})

t.test('A wrong password, the present address and a malformed one are refused', async (t) => {
  const ida = await verified('ida')
  const wrong = await ask(ida, 'ida@new.example', 'not the one')
  t.match(wrong.error, {
    code: 'wrong_password',
    errors: [{ pointer: '/currentPassword', code: 'wrong' }],
  })
  t.equal((await ask(ida, ida.email)).error?.code, 'conflict')
  t.match((await ask(ida, 'no address')).error, {
    code: 'validation_failed',
    errors: [{ pointer: '/newEmail' }],
  })
})

t.test('A change of the password ends a request that knew the old one', async (t) => {
  const joe = await verified('joe')
  await ask(joe, 'joe@thief.example')
  const token = await tokenTo('joe@thief.example', 'change')
  const body = { currentPassword: password, newPassword }
  t.equal((await joe.client.PUT('/users/me/password', { body })).response.status, 204)
  t.equal((await confirm(token)).error?.code, 'invalid_token')
})

t.test('Only the link of the newest request works', async (t) => {
  const kim = await verified('kim')
  await ask(kim, 'kim@one.example')
  const first = await tokenTo('kim@one.example', 'change')
  await ask(kim, 'kim@two.example')
  const second = await tokenTo('kim@two.example', 'change')
  t.equal((await confirm(first)).error?.code, 'invalid_token')
  t.equal((await confirm(second)).response.status, 204)
})
