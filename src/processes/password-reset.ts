/**
 * Password reset: somebody says that the password of an address is forgotten. Whether anybody has
 * that address is found out here, where nobody waits for the answer; if so, he gets a mail.
 */

import { render } from '../mail/letter.ts'
import { issueToken } from '../proof/commands.ts'
import type { Handler } from '../tasks/task.ts'
import { findCredentials } from '../user/queries.ts'
import { serviceUserId } from '../user/service-user.ts'
import { mailId, type ProcessDeps } from './process.ts'

/** From when it was asked for: OWASP's "Forgot Password" has 30 to 60 minutes. */
const lifetimeMs = 60 * 60 * 1000

/** As a mail may be late, it tells the time: `20:15 UTC`. */
function timeOf(instant: Date): string {
  return `${instant.toISOString().slice(11, 16)} UTC`
}

/** Mails the user who has the address `email`, if there is one, a link by which to set a password. */
export function passwordReset(deps: ProcessDeps): Handler {
  return async (task) => {
    const expiresAt = new Date(task.askedAt.getTime() + lifetimeMs)
    const user = await findCredentials(deps.pool, task.data.email ?? '')
    // Nobody waits any more for what could not be mailed within its time.
    if (!user || user.id === serviceUserId || expiresAt.getTime() <= Date.now()) return
    const id = mailId(task)
    const issue = { id, userId: user.id, purpose: 'password_reset', expiresAt } as const
    const token = await issueToken(deps, issue, task.cause)
    await deps.sendMail({
      id,
      to: user.email,
      ...render({
        subject: 'Set a new password for Epistle',
        paragraphs: [
          'Somebody, most likely you, said that the password of your Epistle account is forgotten. ' +
            `To set a new one, follow this link before ${timeOf(expiresAt)}.`,
          { link: `${deps.publicUrl}/reset-password#token=${token}` },
          'It works once, and no longer when there is a newer mail like this one.',
          'If it was not you, there is nothing to do: your password stays as it is.',
        ],
      }),
    })
  }
}
