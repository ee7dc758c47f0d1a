/**
 * The mailer: hands mails to an SMTP server, or, where none is set, writes them into a folder, for
 * whoever tries Epistle.
 *
 * Promises that a mail with the same id has the same Message-ID, whoever sends it and whenever. TLS,
 * login and port are in the URL; nothing is read from files or fetched for a mail.
 */

import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import nodemailer from 'nodemailer'
import type { Mail, SendMail } from './mail.ts'

export interface MailerOptions {
  /** `smtp://` or `smtps://`, with login where one is needed; undefined: into the folder. */
  readonly smtpUrl: string | undefined
  /** Whom mails are from: `Epistle <epistle@example.org>`. */
  readonly from: string
  /** The folder. */
  readonly outbox: string
  /** Told where a mail lies. */
  readonly onWritten: (file: string) => void
}

/** How long an SMTP server may take for each step, ms; a mail is tried again, so it need not be long. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

const unreachable = { disableFileAccess: true, disableUrlAccess: true }

/** How mails are sent under this configuration. Opens nothing before the first one. */
export function createMailer(options: MailerOptions): SendMail {
  const domain = options.from.replace(/^.*@|>$/g, '')
  const compose = (mail: Mail) => toMessage(mail, options.from, domain)
  const { smtpUrl, outbox, onWritten } = options
  if (smtpUrl === undefined) {
    return async (mail) => onWritten(await write(outbox, mail.id, compose(mail)))
  }
  const transport = nodemailer.createTransport({ url: smtpUrl, ...patience, ...unreachable })
  return async (mail) => {
    await transport.sendMail(compose(mail))
  }
}

function toMessage({ to, subject, text, html, id }: Mail, from: string, domain: string) {
  return {
    from,
    // As an object it is one address, whatever is in it.
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId: `<${id}@${domain}>`,
    // RFC 3834: answering machines need not answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** Not encoded, so that who looks into the file without a mail reader can follow the link. */
function asItIs(type: string, content: string) {
  const headers = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n`
  return { raw: `${headers}\r\n${content}` }
}

/** Writes a mail as a mail reader opens it; a repeat takes the place of the first. */
async function write(
  outbox: string,
  id: string,
  message: ReturnType<typeof toMessage>,
): Promise<string> {
  const transport = nodemailer.createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'unix',
    ...unreachable,
  })
  const { text, html, ...rest } = message
  const alternatives = [asItIs('text/plain', text), asItIs('text/html', html)]
  const { message: bytes } = await transport.sendMail({ ...rest, alternatives })
  const file = join(outbox, `${id}.eml`)
  try {
    await mkdir(outbox, { recursive: true })
    // Whole or not at all, for whoever looks meanwhile; only for its owner, as it may hold a token.
    await writeFile(`${file}.part`, bytes as Buffer, { mode: 0o600 })
    await rename(`${file}.part`, file)
  } catch (error) {
    const { message } = error as Error
    throw new Error(
      `no mail can be written into ${outbox} (${message}); set SMTP_URL, or MAIL_OUTBOX to another folder`,
      { cause: error },
    )
  }
  return file
}
