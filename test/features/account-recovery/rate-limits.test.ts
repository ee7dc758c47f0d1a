// Rate limits: a password reset clears failed logins, and the mails to one address are limited.
import t from 'tap'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

const { client, arrive, mailsTo, startWorker } = await servedWithMail(t, { RATE_LIMITS: 'on' })
await startWorker()
const mail = /Reset your Epistle password/
const ask = (email: string) => client().POST('/password-resets', { body: { email } })
const logIn = async (email: string, password: string) =>
  (await client().POST('/sessions', { body: { email, password } })).response.status

t.test('A password reset clears the failed attempts at the old password', async (t) => {
  const { email } = await arrive('ada')
  // Enough for the gate of all clients, and for that of a client that is known to the account.
  for (let n = 0; n < 11; n += 1) await logIn(email, `wrong ${n}`)
  t.equal(await logIn(email, password), 429, 'even the right password is rate limited')
  await ask(email)
  const [sent] = await mailsTo(email, mail)
  const newPassword = 'the next secret words'
  const body = { token: linkIn(sent ?? {}).token, newPassword }
  t.equal((await client().POST('/password-resets/confirm', { body })).response.status, 204)
  t.equal(await logIn(email, newPassword), 201)
})

t.test('Mails to one address are limited, whether or not it has an account', async (t) => {
  const { email } = await arrive('bob')
  for (const address of [email, 'unknown@example.org']) {
    const statuses: number[] = []
    for (let n = 0; n < 6; n += 1) statuses.push((await ask(address)).response.status)
    t.strictSame(statuses, [202, 202, 202, 202, 202, 429], address)
  }
})

t.test('The limit on verification mails does not limit password reset mails', async (t) => {
  const { email } = await arrive('cid')
  const resend = () => client().POST('/email-verifications/resend', { body: { email } })
  for (let n = 0; n < 5; n += 1) t.equal((await resend()).response.status, 202)
  t.equal((await resend()).response.status, 429)
  t.equal((await ask(email)).response.status, 202, 'a password reset e-mail can still be requested')
})
