// Every password change is mailed to its user if the address is verified, through every release.
import t from 'tap'
import { idOf } from '../../support/ids.ts'
import { openDomainWithMail } from '../../support/working.ts'

const { db, register, startWorker, untilNoTasksLeft, mailsTo, lines } = await openDomainWithMail(t)
const notice = /password was changed/
const verify = ({ id, email }: { id: string; email: string }) =>
  db.query('insert into log.email_verified_8 values (gen_random_uuid(), $1, $2)', [id, email])

t.test('A password change is mailed to its user', async (t) => {
  const ada = await register('ada')
  await verify(ada)
  await db.query('insert into log.password_changed_2 values ($1, $2, $3)', [idOf(1), ada.id, 'x'])
  await startWorker({ PRODUCT_NAME: 'Pigeon $& Post' })
  const [mail] = await mailsTo(ada.email, notice)
  t.match(mail, {
    subject: 'Your Pigeon $& Post password was changed',
    from: { name: 'Epistle', address: 'post@epistle.example' },
    text: /If you didn't,/,
    html: /<p dir="auto">If you changed it, you don't need to do anything\.<\/p>/,
  })
  t.match(mail?.messageId, /^<[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@epistle\.example>$/)
  t.notMatch(lines.join(''), ada.email, 'the log output does not contain the address')
})

t.test('Two password changes send two mails with different Message-IDs', async (t) => {
  const bob = await register('bob')
  await verify(bob)
  for (const n of [2, 3]) {
    await db.query('insert into log.password_changed_2 values ($1, $2, $3)', [idOf(n), bob.id, 'x'])
  }
  const ids = (await mailsTo(bob.email, notice, 2)).map(({ messageId }) => messageId)
  t.equal(new Set(ids).size, 2)
})

t.test('An address that was never verified gets no notice', async (t) => {
  const cid = await register('cid')
  await db.query('insert into log.password_changed_2 values ($1, $2, $3)', [idOf(4), cid.id, 'x'])
  await untilNoTasksLeft()
  const mails = await mailsTo(cid.email, /./)
  t.strictSame(
    mails.map(({ subject }) => subject),
    ['Confirm your e-mail address for Pigeon $& Post'],
  )
})
