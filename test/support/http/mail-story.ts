// What story.test.ts does with the tokens of e-mails, by the titles of its tests. A worker must run.
import type { Test } from 'tap'
import { linkIn } from '../smtp-server.ts'
import { password } from './served.ts'
import type { servedWithMail } from './served-with-mail.ts'

type Service = Awaited<ReturnType<typeof servedWithMail>>

async function resetPassword(t: Test, { client, arrive, mailsTo }: Service) {
  const { email } = await arrive('mary')
  await client().POST('/password-resets', { body: { email } })
  const [mail] = await mailsTo(email, /Reset your Epistle password/)
  const newPassword = 'selectable and arrangeable'
  const body = { token: linkIn(mail ?? {}).token, newPassword }
  t.equal((await client().POST('/password-resets/confirm', { body })).response.status, 204)
  const login = await client().POST('/sessions', { body: { email, password: newPassword } })
  t.equal(login.response.status, 201)
}

async function verifyEmail(t: Test, { client, arrive, mailsTo }: Service) {
  const me = await arrive('joan')
  const { email } = me
  t.equal(me.user.emailVerified, false)
  await mailsTo(email, /Confirm your e-mail address/)
  await client().POST('/email-verifications/resend', { body: { email } })
  const [, mail] = await mailsTo(email, /Confirm your e-mail address/, 2)
  const body = { token: linkIn(mail ?? {}).token }
  t.equal((await client().POST('/email-verifications', { body })).response.status, 204)
  t.equal((await me.client.GET('/users/me')).data?.emailVerified, true)
}

async function revokeSession(t: Test, { client, arrive, mailsTo, send }: Service) {
  const { email } = await arrive('ines')
  const [first] = await mailsTo(email, /Confirm your e-mail address/)
  const verification = { body: { token: linkIn(first ?? {}).token } }
  await client().POST('/email-verifications', verification)
  const headers = { 'user-agent': 'another device' }
  const body = JSON.stringify({ email, password })
  const login = await send('/sessions', { method: 'POST', headers, body })
  const { token } = (await login.json()) as { token: string }
  const [notice] = await mailsTo(email, /New login/)
  const link = { body: { token: linkIn(notice ?? {}).token } }
  t.equal((await client().POST('/session-revocations', link)).response.status, 204)
  t.equal((await client(token).GET('/users/me')).response.status, 401)
}

async function changeEmail(t: Test, { client, arrive, mailsTo }: Service) {
  const { email, client: me } = await arrive('lise')
  const tokenOf = async (to: string, subject: RegExp) => {
    const [mail] = await mailsTo(to, subject)
    return { body: { token: linkIn(mail ?? {}).token } }
  }
  await client().POST('/email-verifications', await tokenOf(email, /Confirm your e-mail address/))
  const newEmail = 'lise@new.example'
  const body = { newEmail, currentPassword: password }
  const requested = await me.POST('/users/me/email-changes', { body })
  t.match(requested.data, { next: 'open_email' })
  const confirmed = await client().POST(
    '/email-changes/confirm',
    await tokenOf(newEmail, /Confirm your new e-mail address/),
  )
  t.equal(confirmed.response.status, 204)
  t.equal((await me.GET('/users/me')).data?.email, newEmail)
  const reverted = await client().POST(
    '/email-changes/revert',
    await tokenOf(email, /e-mail address of your Epistle account was changed/),
  )
  t.equal(reverted.response.status, 204)
  t.equal((await me.GET('/users/me')).response.status, 401, 'every session ends')
}

async function leaveAndReturn(t: Test, { client, arrive, mailsTo }: Service) {
  const { email, client: me } = await arrive('vera')
  const left = await me.POST('/users/me/deletion', { body: { currentPassword: password } })
  t.equal(left.response.status, 204)
  const [mail] = await mailsTo(email, /Your Epistle account was deleted/)
  const body = { token: linkIn(mail ?? {}).token }
  t.equal((await client().POST('/account-restorations', { body })).response.status, 204)
  const login = await client().POST('/sessions', { body: { email, password } })
  t.equal(login.response.status, 201)
}

/** The tests, by their titles. */
export const mailStories = {
  'A user resets a forgotten password with the token from an e-mail': resetPassword,
  'A user verifies their address with the resent e-mail': verifyEmail,
  'A user ends the session of a login that was not theirs': revokeSession,
  'A user changes their verified e-mail address, and its owner sets it back': changeEmail,
  'A user deletes their account, and restores it': leaveAndReturn,
}
