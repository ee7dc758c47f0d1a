// User enumeration: no response, mail or log position shows whether an address has an account. Response times
// are tested in timing.test.ts.
import t from 'tap'
import { slots } from '../../../src/platform/task-queue/worker.ts'
import { servedWithMail } from '../../support/http/served-with-mail.ts'
import { linkIn } from '../../support/smtp-server.ts'
import { until } from '../../support/until.ts'

/** While set, the SMTP server accepts no mail. */
let held: Promise<void> | undefined
const service = await servedWithMail(t, {}, () => held)
const { client, arrive, owner, send, mailsTo, untilNoTasksLeft } = service
await service.startWorker()

function requestFor(email: string): RequestInit {
  return { method: 'POST', body: JSON.stringify({ email }) }
}

t.test(
  'A password reset request for an unknown address gets the same response, and sends no mail',
  async (t) => {
    const gus = await arrive('gus')
    const known = await send('/password-resets', requestFor(gus.email))
    const unknown = await send('/password-resets', requestFor('unknown@example.org'))
    const own = await send('/password-resets', requestFor('epistle@localhost'))
    const facts = async (response: Response) => ({
      status: response.status,
      body: await response.text(),
      headers: [...response.headers.keys()].sort(),
    })
    t.strictSame(await facts(unknown), await facts(known))
    await mailsTo(gus.email, /Reset your Epistle password/)
    await untilNoTasksLeft()
    t.equal(own.status, 202)
    const strangers = ['unknown@example.org', 'epistle@localhost']
    const recipients = service.mails.flatMap((each) => each.recipients)
    t.notOk(strangers.some((stranger) => recipients.includes(stranger)))
  },
)

t.test(
  'A mail request uses one log position, whether or not the address has an account',
  async (t) => {
    const { email } = await arrive('positions')
    const verified = (await arrive('verified')).email
    const { token } = linkIn((await mailsTo(verified, /Confirm your e-mail address/))[0] ?? {})
    const verification = await client().POST('/email-verifications', { body: { token } })
    t.equal(verification.response.status, 204)
    const passed = async (path: string, email: string) => {
      await untilNoTasksLeft()
      const read = async () =>
        Number(
          (await owner.query('select last_value from log.events_position_seq')).rows[0].last_value,
        )
      const before = await read()
      await send(path, requestFor(email))
      await untilNoTasksLeft()
      return (await read()) - before
    }
    for (const path of ['/password-resets', '/email-verifications/resend']) {
      t.equal(await passed(path, email), 1)
      t.equal(await passed(path, 'unknown@example.org'), 1)
    }
    t.equal(
      await passed('/email-verifications/resend', verified),
      1,
      'the address is already verified',
    )
  },
)

t.test(
  'While the SMTP server holds every mail to an account, requests for any address use their positions',
  async (t) => {
    const { email } = await arrive('slow')
    const verified = (await arrive('taken')).email
    const [mail = {}] = await mailsTo(verified, /Confirm your e-mail address/)
    await client().POST('/email-verifications', { body: { token: linkIn(mail).token } })
    await untilNoTasksLeft()
    const { promise, resolve } = Promise.withResolvers<void>()
    held = promise
    t.teardown(resolve)
    const issued = async () =>
      (await owner.query('select from log.mail_token_issued_8')).rowCount ?? 0
    const sent = service.mails.length
    const known = Array<string>(2 * slots).fill(email)
    for (const path of ['/password-resets', '/email-verifications/resend']) {
      for (const addresses of [known, [verified], ['unknown@example.org']]) {
        const due = (await issued()) + addresses.length
        await Promise.all(addresses.map((address) => send(path, requestFor(address))))
        await until(`a token for each of ${addresses}`, async () => (await issued()) === due)
      }
    }
    t.equal(service.mails.length, sent, 'no mail has been accepted')
    resolve()
    held = undefined
    await mailsTo(email, /Reset your Epistle password/, 2 * slots)
    await untilNoTasksLeft()
  },
)
