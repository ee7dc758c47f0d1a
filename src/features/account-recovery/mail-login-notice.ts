/**
 * On `SessionStarted` from a device that the user has not used for 90 days: mail a notice with a link that ends the
 * session. An address that was never verified gets none, as of a change of the password.
 */

import type { Handler } from '../../platform/task-queue/task.ts'
import { profileFinder } from '../users/queries.ts'
import { type AccountMailDeps, expiryOf, mailId, mailUser, mayMailUser } from './account-mail.ts'
import { findUserAgent } from './queries.ts'
import { keepSessionLink } from './session-links.ts'

/** A week, as for a change of the address. */
const linkHours = 7 * 24

/** Handles the login of the user `userId` that started `sessionId`; the task's cause is the event. */
export function mailLoginNotice(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const { userId = '', sessionId = '' } = task.data
    const expiresAt = expiryOf(task, linkHours)
    const user = await findProfile(userId)
    if (!expiresAt || !user?.emailVerified) return
    if (!(await mayMailUser(deps, task, user, 'loginNotice'))) return
    const { token, tokenHash } = deps.tokens(mailId(task), userId, expiresAt)
    await keepSessionLink(deps.pool, { tokenHash, sessionId, userId, expiresAt })
    await mailUser(deps, task, user, 'new-login', {
      link: { page: 'end-session', token, expiresAt },
      at: task.askedAt,
      userAgent: await findUserAgent(deps.pool, task.cause ?? ''),
    })
  }
}
