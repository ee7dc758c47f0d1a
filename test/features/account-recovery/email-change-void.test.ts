// Requests for another e-mail address that are void when a worker handles them: the mail has no token, and no event
// contains the address that an erasure of the user would not find.
import t from 'tap'
import { password } from '../../support/http/served.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'

const service = await servedWithMail(t, { RATE_LIMITS: 'on' })
const { arrive, owner, mails, startWorker, untilNoTasksLeft } = service

/** A user with a verified address. */
async function verified(name: string) {
  const user = await arrive(name)
  await owner.query(
    'insert into log.email_verified_8 (id, user_id, email) values (gen_random_uuid(), $1, $2)',
    [user.user.id, user.email],
  )
  return user
}

type User = Awaited<ReturnType<typeof verified>>

const ask = async ({ client }: User, newEmail: string) => {
  const body = { newEmail, currentPassword: password }
  return (await client.POST('/users/me/email-changes', { body })).response.status
}
const mailsTo = (email: string) =>
  mails.filter(({ recipients }) => recipients.includes(email)).length
const requestedBy = async ({ user }: User) => {
  const query = 'select email from log.email_change_requested_13 where user_id = $1'
  return (await owner.query(query, [user.id])).rows.map(({ email }) => email)
}

t.test('A change of the password or of the address makes earlier requests void', async (t) => {
  const [ada, bob, cid] = [await verified('ada'), await verified('bob'), await verified('cid')]
  for (const user of [ada, bob, cid]) {
    t.equal(await ask(user, `${user.user.username}@thief.example`), 202)
  }
  const body = { currentPassword: password, newPassword: 'the words of the owner' }
  t.equal((await ada.client.PUT('/users/me/password', { body })).response.status, 204)
  await owner.query(
    `insert into log.email_changed_13 (id, user_id, email, old_email, old_verified)
     values (gen_random_uuid(), $1, 'bob@new.example', $2, false)`,
    [bob.user.id, bob.email],
  )
  await cid.client.PUT('/users/me/username', { body: { username: 'sidney' } })
  await startWorker()
  await untilNoTasksLeft()
  t.strictSame(await requestedBy(ada), [])
  t.strictSame(await requestedBy(bob), [])
  t.strictSame(await requestedBy(cid), ['cid@thief.example'], 'another change leaves it valid')
  const count = ['ada', 'bob', 'cid'].map((name) => mailsTo(`${name}@thief.example`))
  t.strictSame(count, [0, 0, 1])
})

t.test('After an erasure, no event has an address that the user asked for', async (t) => {
  const dan = await verified('dan')
  for (let n = 0; n < 4; n += 1) t.equal(await ask(dan, 'dan@wanted.example'), 202)
  await untilNoTasksLeft()
  t.equal(mailsTo('dan@wanted.example'), 3, 'the fourth is beyond the quota of the address')
  await owner.query(`select log.forget($1, 'asked for it')`, [dan.user.id])
  for (const table of ['log.email_change_requested_13', 'read.requested_emails_13']) {
    const { rows } = await owner.query(`select email from ${table} where email ~ 'wanted'`)
    t.strictSame(rows, [], table)
  }
})
