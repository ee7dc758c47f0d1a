// Rate limits: a password reset clears failed logins, and the mails to one address are limited, whatever
// leads to them.
import t from 'tap'
import {
  passwordResetTask,
  verificationTask,
} from '../../../src/features/account-recovery/tasks.ts'
import { createMailQuotas, type MailKind } from '../../../src/platform/mail/mail-quotas.ts'
import { createCounts } from '../../../src/platform/rate-limits/counts.ts'
import { mailQuotas, mailsADay } from '../../../src/platform/rate-limits/policies.ts'
import { openPool } from '../../support/domain.ts'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t, { RATE_LIMITS: 'on' })
const { client, arrive, owner, mails, mailsTo, startWorker, untilNoTasksLeft, lines } = service
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

t.test('Uses of tokens are limited, of either kind', async (t) => {
  const body = { token: 'x' }
  const verify = async () => (await client().POST('/email-verifications', { body })).response.status
  t.equal(await verify(), 422)
  await owner.query(`update limits.counts set points = 99 where key like 'redeeming:%'`)
  t.equal(await verify(), 422)
  t.equal(await verify(), 429)
  const reset = { body: { ...body, newPassword: 'the next secret words' } }
  t.equal((await client().POST('/password-resets/confirm', reset)).response.status, 429)
  await owner.query(`delete from limits.counts where key like 'redeeming:%'`)
})

/** How many mails of each subject were sent to an address. */
async function sentTo(email: string): Promise<Record<string, number>> {
  await untilNoTasksLeft()
  const counts: Record<string, number> = {}
  for (const { recipients, subject = '' } of mails) {
    if (recipients.includes(email)) counts[subject] = (counts[subject] ?? 0) + 1
  }
  return counts
}

const verification = 'Confirm your e-mail address for Epistle'
const reset = 'Reset your Epistle password'
const changed = 'Your Epistle password was changed'

/** Adds tasks as requests do that the limits of one server or client do not stop. */
const addTasks = (process: string, email: string, times: number) =>
  owner.query(
    `insert into work.tasks (process, data)
     select $1, jsonb_build_object('email', $2::text) from generate_series(1, $3)`,
    [process, email, times],
  )

const changePassword = (userId: string) =>
  owner.query('insert into log.password_changed_2 values (gen_random_uuid(), $1, $2)', [
    userId,
    'x',
  ])

t.test('An account with a stranger’s address cannot fill the mailbox', async (t) => {
  const { email, user } = await arrive('dan')
  await untilNoTasksLeft()
  const before = lines.length
  for (let n = 0; n < 20; n += 1) await changePassword(user.id)
  await addTasks(verificationTask, email, 20)
  await addTasks(passwordResetTask, email.toUpperCase(), 20)
  t.strictSame(await sentTo(email), { [verification]: 5, [reset]: 3 })
  // The worker sends several mails at a time, so the newest is not always the one that arrives last.
  const statuses: number[] = []
  for (const sent of await mailsTo(email, /Confirm/)) {
    const body = { token: linkIn(sent).token }
    statuses.push((await client().POST('/email-verifications', { body })).response.status)
  }
  const valid = statuses.filter((status) => status === 204).length
  t.equal(valid, 1, 'one of the links that were sent is valid, whatever was dropped')
  const dropped = lines.slice(before).filter((line) => line.includes('an e-mail was dropped'))
  t.equal(dropped.length, 16 + 17)
  t.notMatch(dropped.join(''), email)
})

t.test('An address gets its quota of mails a day, of which each kind has a share', async (t) => {
  const { hash } = createCounts(owner)
  const mayMail = createMailQuotas(openPool(t, service.databaseUrl), { warn: () => undefined })
  const to = 'fay@example.org'
  const address = await hash(`address ${to}`)
  const allowed: Record<string, number> = {}
  for (let hour = 0; hour < 6; hour += 1) {
    for (const kind of Object.keys(mailQuotas) as MailKind[]) {
      for (let n = 0; n < 6; n += 1) {
        const mail = { id: `${kind} ${hour} ${n}`, to }
        if (await mayMail(kind, mail)) allowed[kind] = (allowed[kind] ?? 0) + 1
      }
    }
    await owner.query(
      `update limits.counts set expire = 0 where key like 'mail-%-3600:' || $1 || '%'`,
      [address],
    )
  }
  t.strictSame(allowed, {
    verificationLink: 5,
    resetLink: 10,
    unverifiedResetLink: 5,
    passwordNotice: 10,
    registrationNotice: 3,
    emailChangeLink: 3,
    emailChangeNotice: 5,
    emailReversalLink: 5,
    deletionNotice: 5,
    loginNotice: 5,
    lockNotice: 1,
    usernameNotice: 2,
  })
  t.equal(mailsADay, 59, 'the sum')
})

t.test('No kind of mail uses up the quota of another', async (t) => {
  const { email, user } = await arrive('eva')
  await owner.query('insert into log.email_verified_8 values (gen_random_uuid(), $1, $2)', [
    user.id,
    email,
  ])
  await addTasks(passwordResetTask, email, 20)
  await addTasks('registration_notice_8', email, 20)
  await untilNoTasksLeft()
  for (let n = 0; n < 20; n += 1) await changePassword(user.id)
  const { [verification]: _, ...counts } = await sentTo(email)
  const exists = 'You already have an account with Epistle'
  t.strictSame(counts, { [reset]: 5, [exists]: 3, [changed]: 5 })
})
