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
      await mailUser(deps, task, user, 'password-changed')
    }
  }
}
