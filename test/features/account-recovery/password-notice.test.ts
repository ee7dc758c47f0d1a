// Whose password changes is told so by mail, whoever changed it and through whichever release.
import t from 'tap'
import { idOf } from '../../support/ids.ts'
import { openWork } from '../../support/working.ts'

const { db, register, start, mailsTo, lines } = await openWork(t)
const notice = /password was changed/

t.test('a change of password is mailed to its user', async (t) => {
  const ada = await register('ada')
  await db.query('insert into log.password_changed_2 values ($1, $2, $3)', [idOf(1), ada.id, 'x'])
  await start()
  const [mail] = await mailsTo(ada.email, notice)
  t.match(mail, {
    subject: 'Your Epistle password was changed',
    from: { name: 'Epistle', address: 'post@epistle.example' },
    text: /If it was not/,
    html: /<p>If it was you, there is nothing to do\.<\/p>/,
  })
  t.match(mail?.messageId, /^<[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@epistle\.example>$/)
  t.notMatch(lines.join(''), ada.email, 'whose address is not in the log')
})

t.test('two changes are two mails, which differ in their Message-ID', async (t) => {
  const bob = await register('bob')
  for (const n of [2, 3]) {
    await db.query('insert into log.password_changed_2 values ($1, $2, $3)', [idOf(n), bob.id, 'x'])
  }
  const ids = (await mailsTo(bob.email, notice, 2)).map(({ messageId }) => messageId)
  t.equal(new Set(ids).size, 2)
})
