/**
 * On `UsernameChanged` by a user who is logged in: mail the user a notice, in case another person changed it. As of a
 * change of the password, an address that was never verified gets none.
 */

import type { Handler } from '../../platform/task-queue/task.ts'
import { profileFinder } from '../users/queries.ts'
import { type AccountMailDeps, mailUser, mayMailUser } from './account-mail.ts'

/** Handles a change of the username of the user `userId`; the task's cause is the event. */
export function mailUsernameNotice(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const user = await findProfile(task.data.userId ?? '')
    if (user?.emailVerified && (await mayMailUser(deps, task, user, 'usernameNotice'))) {
      await mailUser(deps, task, user, 'username-changed', { at: task.askedAt })
    }
  }
}
