/**
 * On `PasswordChanged`: mail the user a notice, in case another person changed the password. An address that
 * was never verified gets none: it may be a stranger's, whose mailbox a user could fill with notices.
 */

import type { Handler } from '../../platform/task-queue/task.ts'
import { profileFinder } from '../users/queries.ts'
import { type AccountMailDeps, mailUser, mayMailUser } from './account-mail.ts'

/** Handles a change of the password of the user `userId`; the task's cause is the event. */
export function mailPasswordNotice(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const user = await findProfile(task.data.userId ?? '')
    if (user?.emailVerified && (await mayMailUser(deps, task, user, 'passwordNotice'))) {
      await mailUser(deps, task, user, notice)
    }
  }
}

const notice = {
  subject: 'Your {product} password was changed',
  paragraphs: [
    'The password of your {product} account was changed, and you were logged out on your other devices. ' +
      'If you used a reset link, log in again on every device.',
    "If you changed it, you don't need to do anything.",
    "If you didn't, someone else may know your password or be able to read your e-mail. First change " +
      'the password of your e-mail account. Then request a password reset e-mail from {product} and ' +
      'set a new password.',
  ],
}
