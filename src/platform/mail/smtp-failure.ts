/**
 * What a failed delivery means for the mail.
 *
 * A 5yz reply is final for what it answers (RFC 5321, 4.2.1). At RCPT and DATA that is the mail, which is
 * given up. But a reply can also concern our login, our sender or our rights, whatever the recipient:
 * giving up would then lose every mail because of one wrong setting. Those are retried and reported to the
 * operator, as 4yz replies and lost connections are retried. The enhanced status codes are those of RFC
 * 3463.
 */

import { TaskFailure } from '../task-queue/task-failure.ts'

/** What nodemailer adds to an error: the command that failed, and the reply if there was one. */
interface SmtpError extends Error {
  readonly code?: string
  /** The code of Node or OpenSSL, where there was one. */
  readonly originalCode?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

/** Turns an error of nodemailer into advice to the worker. The message does not contain the recipient. */
export function toTaskFailure(error: unknown, recipient: string): TaskFailure {
  const given = error instanceof Error ? error : new Error(String(error))
  // A server repeats the address in its reply, and the log contains no address.
  const reason = given.message.replaceAll(literally(recipient), '(recipient)')
  if (isFinal(given)) {
    return new TaskFailure(`the mail was rejected for good: ${reason}`, { retry: 'never' })
  }
  if (isOurs(given)) {
    return new TaskFailure(
      `the SMTP server sends no mail for us: ${reason}; check SMTP_URL and MAIL_FROM`,
      { retry: 'later', needsOperator: true },
    )
  }
  return new TaskFailure(`the mail cannot be sent now: ${reason}`, { retry: 'later' })
}

function literally(text: string): RegExp {
  return new RegExp(text === '' ? '(?!)' : text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'), 'gi')
}

/** Whether the mail itself was rejected, and no retry and no setting can change that. */
function isFinal(error: SmtpError): boolean {
  // Not one mailbox: nodemailer asks no server.
  if (error.code === 'EENVELOPE' && error.command === 'API') return true
  return isPermanent(error) && /^(RCPT TO|DATA)$/.test(error.command ?? '') && !isOurs(error)
}

/** Whether our login, our sender, our rights or the use of the protocol was refused. */
function isOurs(error: SmtpError): boolean {
  if (['EAUTH', 'ENOAUTH', 'ETLS', 'ECONFIG'].includes(error.code ?? '')) return true
  if (/CERT|^ERR_(?:TLS|SSL)|^UNABLE_TO_/.test(error.originalCode ?? '')) return true
  if (!isPermanent(error)) return false
  // Before RCPT there is no recipient: a greeting, EHLO, STARTTLS, AUTH or MAIL was refused.
  if (!/^(RCPT TO|DATA)$/.test(error.command ?? '')) return true
  if (protocolCodes.has(error.responseCode ?? 0)) return true
  const { 1: status } = /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(error.response ?? '') ?? []
  if (status === undefined) return /\b(?:relay|authenticat)/i.test(error.response ?? '')
  return oursByStatus.test(status) || (error.command === 'RCPT TO' && policy.test(status))
}

function isPermanent({ responseCode = 0 }: SmtpError): boolean {
  return responseCode >= 500 && responseCode <= 599
}

/**
 * Unknown commands and parameters, bad sequence of commands (which also means: log in first), and what
 * concerns logins and TLS (RFC 4954, 6; RFC 3207, 4; RFC 5321, 4.2.3). 501 is not among them: at RCPT the
 * argument is the recipient.
 */
const protocolCodes: ReadonlySet<number> = new Set([
  ...[500, 502, 503, 504, 523, 530, 534, 535, 538, 555],
])

/** The sender's address (5.1.7, 5.1.8), the protocol (5.5), and logins or encryption (5.7.8 to 5.7.14). */
const oursByStatus = /^5\.(?:1\.[78]|5\.\d+|7\.(?:[89]|1[0-4]))$/
/** Security and policy. At RCPT the server has seen no content: it refuses us, as "relay access denied". */
const policy = /^5\.7\./
