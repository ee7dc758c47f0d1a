/**
 * Password reset: somebody says that the password of an address is forgotten. Whether anybody has
 * that address is found out here, where nobody waits for the answer; if so, he gets a mail.
 */

import { type Letter, render } from '../../platform/mail/letter.ts'
import type { Handler, Task } from '../../platform/task-queue/task.ts'
import { findCredentials, type Profile, serviceUserId } from '../users/queries.ts'
import { issueNone, issueToken } from './issue-token.ts'
import { type MailDeps, mailId } from './mail-deps.ts'

/** From when it was asked for: OWASP's "Forgot Password" has 30 to 60 minutes. */
const lifetimeMs = 60 * 60 * 1000

/** As a mail may be late, it tells the time: `20:15 UTC`. */
function timeOf(instant: Date): string {
  return `${instant.toISOString().slice(11, 16)} UTC`
}

/** Mails the user who has the address `email`, if there is one, a link by which to set a password. */
export function passwordReset(deps: MailDeps): Handler {
  return async (task) => {
    const user = await findCredentials(deps.pool, task.data.email ?? '')
    if (!user) return issueNone(deps, issueOf(task))
    await sendResetLink(deps, task, user, (link, until) => ({
      subject: 'Set a new password for Epistle',
      paragraphs: [
        'Somebody, most likely you, said that the password of your Epistle account is forgotten. ' +
          `To set a new one, follow this link before ${until}.`,
        { link },
        'It works once, and no longer when there is a newer mail like this one.',
        'If it was not you, there is nothing to do: your password stays as it is.',
      ],
    }))
  }
}

/** Mails a user a letter with a link by which to set a password, and until when it does. */
export async function sendResetLink(
  deps: MailDeps,
  task: Task,
  user: Pick<Profile, 'id' | 'email'>,
  letter: (link: string, until: string) => Letter,
): Promise<void> {
  const { id, expiresAt } = issueOf(task)
  // Nobody waits any more for what could not be mailed within its time.
  if (user.id === serviceUserId || expiresAt.getTime() <= Date.now()) return
  const token = await issueToken(deps, { ...issueOf(task), userId: user.id }, task.cause)
  const link = `${deps.publicUrl}/reset-password#token=${token}`
  await deps.sendMail({ id, to: user.email, ...render(letter(link, timeOf(expiresAt))) })
}

/** What a task's token is good for. */
function issueOf(task: Task) {
  const expiresAt = new Date(task.askedAt.getTime() + lifetimeMs)
  return { id: mailId(task), purpose: 'password_reset', expiresAt } as const
}
