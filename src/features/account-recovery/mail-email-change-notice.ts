/**
 * On `EmailChanged`: mail the earlier address a notice with a link that sets it back; and once it is set back, mail
 * its owner a link to choose a new password.
 */

import type { Handler, Task } from '../../platform/task-queue/task.ts'
import { profileFinder } from '../users/queries.ts'
import { type AccountMailDeps, expiryOf } from './account-mail.ts'
import { issueBeforeMail, mailLink, sendRest } from './link-mail.ts'
import { resetLinkHours } from './mail-reset-link.ts'
import { findReplacedEmail } from './queries.ts'
import { emailChangeNoticeMailTask, emailReversalMailTask } from './tasks.ts'

/** A week: the owner of an account that was taken over may be on holiday. */
const linkHours = 7 * 24

/** Handles the change `changeId` of the address of the user `userId`, unless it was taken back meanwhile. */
export function mailEmailChangeNotice(deps: AccountMailDeps): Handler {
  return async (task) => {
    const due = await findDue(deps, task)
    if (!due) return
    const { user, changeId, expiresAt } = due
    const rest = await issueBeforeMail(deps, task, {
      next: emailChangeNoticeMailTask,
      user,
      address: user.email,
      kind: 'emailChangeNotice',
      grant: { purpose: 'email_reversal', changeId },
      expiresAt,
    })
    return { ...rest, data: { ...rest.data, changeId } }
  }
}

/** Sends the mail of `mailEmailChangeNotice`. */
export function sendEmailChangeNotice(deps: AccountMailDeps): Handler {
  return async (task) => {
    const due = await findDue(deps, task)
    if (!due) return
    const { user, changeId, expiresAt } = due
    const grant = { purpose: 'email_reversal', changeId } as const
    const letter = 'email-changed'
    await mailLink(deps, task, user, { kind: 'emailChangeNotice', grant, expiresAt, letter })
  }
}

/**
 * The user at the earlier address, also one who left: a person who takes an account over and deletes it at once must not
 * keep its owner from the notice.
 */
async function findDue({ pool }: AccountMailDeps, task: Task) {
  const { userId, changeId = '' } = task.data
  const expiresAt = expiryOf(task, linkHours)
  const email = await findReplacedEmail(pool, changeId)
  if (!userId || !expiresAt || email === undefined) return undefined
  return { user: { id: userId, email, username: null, emailVerified: true }, changeId, expiresAt }
}

const reset = { kind: 'emailReversalLink', grant: { purpose: 'password_reset' } } as const

/** Handles the return of the user `userId` to an earlier address. */
export function mailEmailReversal(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const expiresAt = expiryOf(task, resetLinkHours)
    const user = await findProfile(task.data.userId ?? '')
    if (!expiresAt || !user) return
    const next = emailReversalMailTask
    return issueBeforeMail(deps, task, { next, user, address: user.email, ...reset, expiresAt })
  }
}

/** Sends the mail of `mailEmailReversal`. */
export function sendEmailReversalMail(deps: AccountMailDeps): Handler {
  return sendRest(deps, async (task, user) => {
    const expiresAt = expiryOf(task, resetLinkHours)
    if (expiresAt)
      await mailLink(deps, task, user, { ...reset, expiresAt, letter: 'email-restored' })
  })
}
