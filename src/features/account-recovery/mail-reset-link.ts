/**
 * On a request to reset a password: mail the owner of the address a link. The worker looks up the address
 * here, not the server in its response, so the response cannot show whether the address has an account.
 */

import type { MailKind } from '../../platform/mail/mail-quotas.ts'
import type { Handler, Task } from '../../platform/task-queue/task.ts'
import { findCredentials, type Profile, serviceUserId } from '../users/queries.ts'
import { type AccountMailDeps, expiryOf } from './account-mail.ts'
import type { LetterName } from './letters.ts'
import { issueBeforeMail, mailLink, sendRest } from './link-mail.ts'
import { resetMailTask } from './tasks.ts'

/** From the request on: OWASP's "Forgot Password" cheat sheet recommends 30 to 60 minutes. */
export const resetLinkHours = 1

/** Handles a request for the address `email`. No mail is due when the address has no account. */
export function mailResetLink(deps: AccountMailDeps): Handler {
  return async (task) => {
    const expiresAt = expiryOf(task, resetLinkHours)
    if (!expiresAt) return
    const { email = '' } = task.data
    const user = await findCredentials(deps.pool, email)
    return issueBeforeMail(deps, task, {
      next: resetMailTask,
      user: user?.id === serviceUserId ? undefined : user,
      address: user?.email ?? email,
      kind: kindFor(user),
      grant: { purpose: 'password_reset' },
      expiresAt,
    })
  }
}

/** Sends the mail of `mailResetLink`. */
export function sendResetMail(deps: AccountMailDeps): Handler {
  return sendRest(deps, (task, user) => sendResetLink(deps, task, user, 'password-reset'))
}

/** Mails a user a letter with a link by which they set a new password. */
export async function sendResetLink(
  deps: AccountMailDeps,
  task: Task,
  user: Profile,
  letter: LetterName,
): Promise<void> {
  const expiresAt = expiryOf(task, resetLinkHours)
  if (!expiresAt) return
  await mailLink(deps, task, user, {
    kind: kindFor(user),
    grant: { purpose: 'password_reset' },
    expiresAt,
    letter,
  })
}

function kindFor(user: Profile | undefined): MailKind {
  return user?.emailVerified ? 'resetLink' : 'unverifiedResetLink'
}
