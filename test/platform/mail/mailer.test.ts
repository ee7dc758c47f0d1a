// Mails that a real SMTP server gets and a real parser reads, and mails in a folder.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import t from 'tap'
import { parseLetter, render } from '../../../src/platform/mail/letter.ts'
import { createMailer } from '../../../src/platform/mail/mailer.ts'
import { TaskFailure } from '../../../src/platform/task-queue/task-failure.ts'
import { idOf } from '../../support/ids.ts'
import { type Stage, smtpServer } from '../../support/smtp-server.ts'

const from = { name: 'Epistle', address: 'post@epistle.example' }
const source = `Subject: Überraschung <für> Ada & {product}

A first paragraph, with <b>angle brackets</b> & more.

{link}

Ein letzter Absatz mit Umlauten: äöü.
`
const placeholders = { required: ['link'], optional: ['product'] }
const letter = render(parseLetter(source, 'en', placeholders), {
  product: '"Alan" {link} $&',
  link: 'https://epistle.example/a?b=c&d=e#token=x_-1',
})
const mail = { id: idOf(1), to: 'ada@example.org', ...letter }

t.test(
  'the mailer sends a mail to an SMTP server with the same content in text and HTML',
  async (t) => {
    const { url, mails } = await smtpServer(t)
    const send = createMailer({ smtpUrl: url, from, outbox: '', onWritten: () => undefined })
    await send(mail)
    await send(mail)
    t.equal(mails.length, 2)
    const [first, second] = mails
    t.match(first, {
      from: { name: 'Epistle', address: 'post@epistle.example' },
      to: [{ address: 'ada@example.org' }],
      recipients: ['ada@example.org'],
      subject: letter.subject,
      messageId: `<${idOf(1)}@epistle.example>`,
    })
    t.equal(second?.messageId, first?.messageId, 'the second mail has the same Message-ID')
    t.ok(
      first?.headers.some(
        ({ key, value }) => key === 'auto-submitted' && value === 'auto-generated',
      ),
    )
    t.equal(first?.text?.trimEnd(), letter.text.trimEnd())
    t.equal(first?.html?.trimEnd(), letter.html.trimEnd())
    t.match(first?.text, 'https://epistle.example/a?b=c&d=e#token=x_-1')
    t.match(first?.html, '<a dir="ltr" href="https://epistle.example/a?b=c&amp;d=e#token=x_-1">')
    t.notMatch(first?.html, '<b>')
    t.match(first?.html, '<html lang="en">', 'the HTML declares its language, for screen readers')
  },
)

t.test('the mailer takes a recipient with commas or line breaks for one address', async (t) => {
  const { url, mails } = await smtpServer(t)
  const send = createMailer({ smtpUrl: url, from, outbox: '', onWritten: () => undefined })
  await send({ ...mail, to: 'a@example.org, b@example.org' }).catch(() => undefined)
  await send({ ...mail, to: 'a@example.org\r\nBcc: b@example.org' }).catch(() => undefined)
  t.notOk(mails.some(({ recipients }) => recipients.includes('b@example.org')))
})

t.test('the mailer rejects with the reason of an SMTP server that rejects the mail', async (t) => {
  const { url } = await smtpServer(t, (stage) => {
    if (stage === 'to') throw new Error('no such mailbox')
  })
  const send = createMailer({ smtpUrl: url, from, outbox: '', onWritten: () => undefined })
  await t.rejects(send(mail), { message: /no such mailbox/ })
})

/** Replies at each stage of a delivery, and what becomes of the mail. */
const replies: readonly [Stage, number, string, 'rejected' | 'ours' | 'later'][] = [
  ['to', 550, 'no such mailbox', 'rejected'],
  ['to', 550, '5.1.1 <ADA@example.org>: user unknown in relay recipient table', 'rejected'],
  ['to', 552, '5.2.2 mailbox full', 'rejected'],
  ['to', 501, '5.1.3 bad recipient address syntax', 'rejected'],
  ['to', 556, '5.1.10 the domain accepts no mail', 'rejected'],
  ['content', 554, '5.7.1 looks like spam', 'rejected'],
  ['content', 552, '5.3.4 message too big', 'rejected'],
  ['to', 450, '4.2.0 greylisted', 'later'],
  ['to', 452, 'too many mails', 'later'],
  ['from', 451, 'try again', 'later'],
  ['content', 421, '4.3.2 shutting down', 'later'],
  ['connected', 421, 'busy', 'later'],
  ['login', 454, '4.7.0 temporary authentication failure', 'ours'],
  ['login', 535, '5.7.8 wrong password', 'ours'],
  ['connected', 554, 'no SMTP service here', 'ours'],
  ['from', 530, '5.7.0 authentication required', 'ours'],
  ['from', 550, '5.1.8 sender refused', 'ours'],
  ['from', 553, 'sender address not owned by you', 'ours'],
  ['to', 503, 'bad sequence of commands', 'ours'],
  ['to', 530, 'log in first', 'ours'],
  ['to', 550, '5.1.8 sender domain not found', 'ours'],
  ['to', 554, '5.7.1 <ada@example.org>: relay access denied', 'ours'],
  ['to', 550, 'relay not permitted', 'ours'],
  ['content', 503, '5.5.1 no valid recipients', 'ours'],
  ['content', 530, '5.7.0 must issue STARTTLS first', 'ours'],
]

t.test('a reply of the SMTP server decides whether its mail is retried', async (t) => {
  let reply: (typeof replies)[number] | undefined
  const { url } = await smtpServer(t, (stage) => {
    if (stage === reply?.[0]) throw Object.assign(new Error(reply[2]), { responseCode: reply[1] })
  })
  const smtpUrl = url.replace('//', '//epistle:sesame@')
  const send = createMailer({ smtpUrl, from, outbox: '', onWritten: () => undefined })
  for (reply of replies) {
    const [stage, code, text, verdict] = reply
    const failure = await send(mail).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(failure instanceof TaskFailure)) throw failure
    const seen = { rejected: failure.retry === 'never', ours: failure.needsOperator }
    const expected = { rejected: verdict === 'rejected', ours: verdict === 'ours' }
    t.strictSame(seen, expected, `${code} ${text} at ${stage}: ${failure.message}`)
    t.notMatch(failure.message, /ada@example\.org/i, 'the log will contain no address')
  }
})

t.test(
  'a lost connection and a missing server are retried, an impossible address is not',
  async (t) => {
    const { url } = await smtpServer(t)
    const retry = async (smtpUrl: string, to: string) => {
      const send = createMailer({ smtpUrl, from, outbox: '', onWritten: () => undefined })
      return send({ ...mail, to }).catch(({ retry }: TaskFailure) => retry)
    }
    t.equal(await retry('smtp://127.0.0.1:1', mail.to), 'later')
    t.equal(await retry(`${url}?requireTLS=true`, mail.to), 'later', 'a server without TLS')
    t.equal(await retry(url, 'a@example.org\r\nBcc: b@example.org'), 'never')
    t.equal(await retry(url, '<>'), 'never')
    t.equal(await retry(url, ''), 'never')
  },
)

t.test('the mailer names the folder that it cannot write into, and what to do', async (t) => {
  const outbox = '/dev/null/outbox'
  const send = createMailer({ smtpUrl: undefined, from, outbox, onWritten: () => undefined })
  await t.rejects(send(mail), {
    message: /^cannot write a mail into \/dev\/null\/outbox .*; set SMTP_URL, or MAIL_OUTBOX/,
  })
})

t.test(
  'without an SMTP server the mailer writes whole files that only their owner can read',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'epistle-outbox-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const outbox = join(folder, 'made', 'when needed')
    const written: string[] = []
    const send = createMailer({
      smtpUrl: undefined,
      from,
      outbox,
      onWritten: (file) => written.push(file),
    })
    await send(mail)
    await send(mail)
    t.strictSame(
      await readdir(outbox),
      [`${idOf(1)}.eml`],
      'a mail that is sent again replaces its file',
    )
    const file = join(outbox, `${idOf(1)}.eml`)
    t.strictSame(written, [file, file])
    t.equal((await stat(file)).mode & 0o777, 0o600)
    t.match(
      await readFile(file, 'utf8'),
      '\nhttps://epistle.example/a?b=c&d=e#token=x_-1\n',
      'the link is in plain text',
    )
    const read = await PostalMime.parse(await readFile(file))
    t.match(read, { subject: letter.subject, messageId: `<${idOf(1)}@epistle.example>` })
    t.equal(read.text?.trimEnd(), letter.text.trimEnd())
    t.equal(read.html?.trimEnd(), letter.html.trimEnd())
  },
)
