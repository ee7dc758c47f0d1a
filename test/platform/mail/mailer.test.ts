// Mails that a real SMTP server gets and a real parser reads, and mails in a folder.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import t from 'tap'
import { render } from '../../../src/platform/mail/letter.ts'
import { createMailer } from '../../../src/platform/mail/mailer.ts'
import { idOf } from '../../support/ids.ts'
import { smtpServer } from '../../support/smtp-server.ts'

const from = { name: 'Epistle', address: 'post@epistle.example' }
const letter = render({
  subject: 'Überraschung <für> Ada & "Alan"',
  paragraphs: [
    'A first paragraph, with <b>angle brackets</b> & more.',
    { link: 'https://epistle.example/a?b=c&d=e#token=x_-1' },
    'Ein letzter Absatz mit Umlauten: äöü.',
  ],
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
    t.match(first?.html, '<a href="https://epistle.example/a?b=c&amp;d=e#token=x_-1">')
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
