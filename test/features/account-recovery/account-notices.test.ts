// Notices of a changed username, and of an account that wrong passwords have locked.
import t from 'tap'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t, { RATE_LIMITS: 'on' })
const { client, arrive, mailsTo, untilNoTasksLeft, mails, owner } = service
await service.startWorker()

async function verified(name: string) {
  const user = await arrive(name)
  const [mail] = await mailsTo(user.email, /^Confirm your e-mail address/)
  await client().POST('/email-verifications', { body: { token: linkIn(mail ?? {}).token } })
  return user
}

async function sentTo(email: string, subject: RegExp) {
  await untilNoTasksLeft()
  return mails.filter((mail) => mail.recipients.includes(email) && subject.test(mail.subject ?? ''))
}

const renamed = /^Your Epistle username was changed$/
const locked = /^Logins to your Epistle account are locked$/

t.test('A change of the username is mailed, without the names', async (t) => {
  const ada = await verified('ada')
  await ada.client.PUT('/users/me/username', { body: { username: 'lovelace' } })
  const [mail] = await mailsTo(ada.email, renamed)
  t.match(mail?.text, /was changed on \w+ \d+, \d\d:\d\d UTC\./)
  t.notMatch(mail?.text, /lovelace|\bada\b/)
  t.equal((await sentTo(ada.email, renamed)).length, 1)
})

t.test('An unverified address, and a name chosen with a link, get no notice', async (t) => {
  const bob = await arrive('bob')
  await bob.client.PUT('/users/me/username', { body: { username: 'robert' } })
  t.strictSame(await sentTo(bob.email, renamed), [])
  const cid = await arrive('cid')
  const [mail] = await mailsTo(cid.email, /^Confirm your e-mail address/)
  const body = { token: linkIn(mail ?? {}).token, username: 'sidney' }
  t.equal((await client().POST('/email-verifications', { body })).response.status, 204)
  t.strictSame(await sentTo(cid.email, renamed), [])
})

/** Lets the next wrong password be the last one of its account. */
async function nearlyLock(email: string) {
  for (let n = 0; n < 6; n += 1) await attempt(email)
  await owner.query(`update limits.counts set points = 95 where key like 'tries:%:all:passed'`)
  await owner.query(`delete from limits.counts where key like 'tries:%:all:gate'`)
}
const attempt = async (email: string, tried = 'not the one') => {
  await owner.query(`delete from limits.counts where key like 'tries:%:gate'`)
  return (await client().POST('/sessions', { body: { email, password: tried } })).error?.code
}

t.test('A locked account is mailed once a day, and a reset unlocks it', async (t) => {
  const dan = await verified('dan')
  await nearlyLock(dan.email)
  t.strictSame(await sentTo(dan.email, locked), [])
  t.equal(await attempt(dan.email), 'invalid_credentials', 'the last attempt')
  await mailsTo(dan.email, locked)
  const tries = Array.from({ length: 4 }, () => attempt(dan.email.toUpperCase()))
  t.strictSame(new Set(await Promise.all(tries)), new Set(['password_reset_required']))
  t.equal((await sentTo(dan.email, locked)).length, 1)
  await owner.query(
    `update limits.counts set expire = 0 where key like 'locked:%' or key like 'mail-lock%'`,
  )
  await attempt(dan.email)
  await mailsTo(dan.email, locked, 2)
  await client().POST('/password-resets', { body: { email: dan.email } })
  const [reset] = await mailsTo(dan.email, /^Reset your/)
  const body = { token: linkIn(reset ?? {}).token, newPassword: 'the next secret words' }
  t.equal((await client().POST('/password-resets/confirm', { body })).response.status, 204)
  t.equal(await attempt(dan.email, 'the next secret words'), undefined)
})

t.test(
  'An unknown and an unverified address are locked in the same way, without a mail',
  async (t) => {
    const eva = await arrive('eva')
    for (const email of [eva.email, 'unknown@example.org']) {
      await nearlyLock(email)
      t.equal(await attempt(email), 'invalid_credentials', email)
      t.equal(await attempt(email), 'password_reset_required', email)
      await owner.query(`delete from limits.counts where key like 'tries:%'`)
    }
    t.strictSame(
      [await sentTo(eva.email, locked), await sentTo('unknown@example.org', locked)],
      [[], []],
    )
    const { rows } = await owner.query(`select from limits.counts where key like 'locked:%'`)
    t.ok(rows.length >= 2, 'both were counted')
  },
)

t.test('The right password of a client that is known causes no notice', async (t) => {
  const fay = await verified('fay')
  await nearlyLock(fay.email)
  t.equal(await attempt(fay.email, password), undefined)
  t.strictSame(await sentTo(fay.email, locked), [])
})
