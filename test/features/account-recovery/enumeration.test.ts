// Nobody learns from an answer, a mail or a position of the log whether an address has an account. What
// the times of answers tell is in timing.test.ts.
import t from 'tap'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'

const service = await servedWithMail(t)
const { client, arrive, owner, send, mailsTo, settled } = service
await service.startWorker()

function asking(email: string): RequestInit {
  return { method: 'POST', body: JSON.stringify({ email }) }
}

t.test('who has no account gets the same answer, and nobody gets a mail', async (t) => {
  const gus = await arrive('gus')
  const known = await send('/password-resets', asking(gus.email))
  const unknown = await send('/password-resets', asking('nobody@example.org'))
  const own = await send('/password-resets', asking('epistle@localhost'))
  const facts = async (answer: Response) => ({
    status: answer.status,
    body: await answer.text(),
    headers: [...answer.headers.keys()].sort(),
  })
  t.strictSame(await facts(unknown), await facts(known))
  await mailsTo(gus.email, /Set a new password/)
  await settled()
  t.equal(own.status, 202)
  const strangers = ['nobody@example.org', 'epistle@localhost']
  const recipients = service.mails.flatMap((each) => each.recipients)
  t.notOk(strangers.some((stranger) => recipients.includes(stranger)))
})

t.test('nobody sees by the positions of the log whether an address has an account', async (t) => {
  const { email } = await arrive('positions')
  const verified = (await arrive('verified')).email
  const { token } = linkIn((await mailsTo(verified, /Confirm your address/))[0] ?? {})
  const proof = await client().POST('/email-verifications', { body: { token } })
  t.equal(proof.response.status, 204)
  const passed = async (path: string, email: string) => {
    await settled()
    const read = async () =>
      Number(
        (await owner.query('select last_value from log.events_position_seq')).rows[0].last_value,
      )
    const before = await read()
    await send(path, asking(email))
    await settled()
    return (await read()) - before
  }
  for (const path of ['/password-resets', '/email-verifications/resend']) {
    t.equal(await passed(path, email), 1)
    t.equal(await passed(path, 'who-knows@example.org'), 1)
  }
  t.equal(await passed('/email-verifications/resend', verified), 1, 'who has verified it long ago')
})
