/**
 * On `EmailChanged`: mail the earlier address a notice with a link that sets it back; and once it is set back, mail
 * its owner a link to choose a new password.
 */

import type { Handler } from '../../platform/task-queue/task.ts'
import { profileFinder } from '../users/queries.ts'
import { type AccountMailDeps, expiryOf } from './account-mail.ts'
import { issueBeforeMail, mailLink, sendRest } from './link-mail.ts'
import { at } from './mail-email-change.ts'
import { resetLinkHours } from './mail-reset-link.ts'
import { findReplacedEmail } from './queries.ts'
import { emailChangeNoticeMailTask, emailReversalMailTask } from './tasks.ts'

/** A week: the owner of an account that was taken over may be on holiday. */
const linkHours = 7 * 24

/** Handles the change `changeId` of the address of the user `userId`, unless it was taken back meanwhile. */
export function mailEmailChangeNotice(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const { userId = '', changeId = '' } = task.data
    const expiresAt = expiryOf(task, linkHours)
    const email = await findReplacedEmail(deps.pool, changeId)
    if (!expiresAt || email === undefined) return
    const rest = await issueBeforeMail(deps, task, {
      next: emailChangeNoticeMailTask,
      user: await findProfile(userId),
      address: email,
      kind: 'emailChangeNotice',
      grant: { purpose: 'email_reversal', changeId },
      expiresAt,
    })
    return { ...rest, data: { ...rest.data, changeId } }
  }
}

/** Sends the mail of `mailEmailChangeNotice`. */
export function sendEmailChangeNotice(deps: AccountMailDeps): Handler {
  return sendRest(deps, async (task, user) => {
    const { changeId = '' } = task.data
    const expiresAt = expiryOf(task, linkHours)
    const email = await findReplacedEmail(deps.pool, changeId)
    if (!expiresAt || email === undefined) return
    await mailLink(deps, task, at(email, user), {
      kind: 'emailChangeNotice',
      grant: { purpose: 'email_reversal', changeId },
      expiresAt,
      letter: 'email-changed',
    })
  })
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
