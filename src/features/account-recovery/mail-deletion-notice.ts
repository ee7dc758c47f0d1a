/**
 * On `UserLeft`: mail the user, at the address that they gave up, a link that restores the account. It is the only mail
 * to a user who left.
 */

import type { Handler, Task } from '../../platform/task-queue/task.ts'
import type { AccountMailDeps } from './account-mail.ts'
import { issueBeforeMail, mailLink } from './link-mail.ts'
import { findLeftUser } from './queries.ts'
import { deletionNoticeMailTask } from './tasks.ts'

const kind = 'deletionNotice'

/** Handles the deletion `leavingId` of the account of the user `userId`, unless it was restored meanwhile. */
export function mailDeletionNotice(deps: AccountMailDeps): Handler {
  return async (task) => {
    const left = await findLeft(deps, task)
    if (!left) return
    const { user, leavingId, expiresAt } = left
    const rest = await issueBeforeMail(deps, task, {
      next: deletionNoticeMailTask,
      user,
      address: user.email,
      kind,
      grant: { purpose: 'restoration', leavingId },
      expiresAt,
    })
    return { ...rest, data: { ...rest.data, leavingId } }
  }
}

/** Sends the mail of `mailDeletionNotice`. */
export function sendDeletionNotice(deps: AccountMailDeps): Handler {
  return async (task) => {
    const left = await findLeft(deps, task)
    if (!left) return
    const { user, leavingId, expiresAt } = left
    const grant = { purpose: 'restoration', leavingId } as const
    await mailLink(deps, task, user, { kind, grant, expiresAt, letter: 'account-deleted' })
  }
}

/** The user, and until when the account can be restored. The link offers no other username. */
async function findLeft({ pool }: AccountMailDeps, { data }: Task) {
  const { userId, leavingId } = data
  if (!userId || !leavingId) return undefined
  const found = await findLeftUser(pool, { userId, leavingId })
  if (!found) return undefined
  const { restorableUntil, ...user } = found
  return {
    user: { ...user, username: null, emailVerified: true },
    leavingId,
    expiresAt: new Date(restorableUntil),
  }
}
