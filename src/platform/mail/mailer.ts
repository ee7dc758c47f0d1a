/**
 * The mailer: sends mails to an SMTP server. Without one, it writes them to a folder, which
 * is enough to try out Epistle.
 *
 * Promises that a mail with the same id always has the same Message-ID, so mail servers can recognize one
 * that is sent twice. TLS, login and port are in the URL; a mail reads no files and fetches no URLs.
 */

import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import nodemailer from 'nodemailer'
import { measured } from '../metrics/measurements.ts'
import type { Mail, SendMail } from './mail.ts'
import { toTaskFailure } from './smtp-failure.ts'

/** An address with a display name, which can be empty. */
interface Address {
  readonly name: string
  readonly address: string
}

export interface MailerOptions {
  /** `smtp://` or `smtps://`, with a login if the server needs one. Undefined writes to the folder. */
  readonly smtpUrl: string | undefined
  /** The sender, with an address in ASCII. */
  readonly from: Address
  /** The folder for mails without an SMTP server. */
  readonly outbox: string
  /** Called with the file of each mail in the folder. */
  readonly onWritten: (file: string) => void
}

/** How long (ms) an SMTP server may take for each step. The worker retries a mail, so this can be short. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

const unreachable = { disableFileAccess: true, disableUrlAccess: true }

/** The function that sends mails with this configuration. Connects only when it sends. */
export function createMailer(options: MailerOptions): SendMail {
  const compose = (mail: Mail) => toMessage(mail, options.from)
  const { smtpUrl, outbox, onWritten } = options
  if (smtpUrl === undefined) {
    return async (mail) => {
      onWritten(await write(outbox, mail.id, compose(mail)))
      measured.mail.report({ outcome: 'written' })
    }
  }
  const transport = nodemailer.createTransport({ url: smtpUrl, ...patience, ...unreachable })
  return async (mail) => {
    try {
      await transport.sendMail(compose(mail))
      measured.mail.report({ outcome: 'sent' })
    } catch (error) {
      measured.mail.report({ outcome: 'failed' })
      throw toTaskFailure(error, mail.to)
    }
  }
}

function toMessage({ to, subject, text, html, id }: Mail, from: Address) {
  return {
    from: { ...from },
    // An object is always one address, whatever characters it contains.
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId: `<${id}${from.address.slice(from.address.indexOf('@'))}>`,
    // RFC 3834: answering machines need not answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** Without transfer encoding, so that the link can be copied from the file without a mail reader. */
function unencoded(type: string, content: string) {
  const headers = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n`
  return { raw: `${headers}\r\n${content}` }
}

/** Writes a mail in the format of mail readers. A mail that is sent again replaces its file. */
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
  const alternatives = [unencoded('text/plain', text), unencoded('text/html', html)]
  const { message: bytes } = await transport.sendMail({ ...rest, alternatives })
  const file = join(outbox, `${id}.eml`)
  try {
    await mkdir(outbox, { recursive: true })
    // Readers see the whole file or none. Only the owner can read it, because it can contain a token.
    await writeFile(`${file}.part`, bytes as Buffer, { mode: 0o600 })
    await rename(`${file}.part`, file)
  } catch (error) {
    const { message } = error as Error
    throw new Error(
      `cannot write a mail into ${outbox} (${message}); set SMTP_URL, or MAIL_OUTBOX to another folder`,
      { cause: error },
    )
  }
  return file
}
