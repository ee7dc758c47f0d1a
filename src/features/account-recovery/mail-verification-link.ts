/**
 * On `UserRegistered`, or on a request to resend the mail: mail the user a link that verifies the e-mail
 * address.
 */

import type { Handler } from '../../platform/task-queue/task.ts'
import { findCredentials, profileFinder, serviceUserId } from '../users/queries.ts'
import { type AccountMailDeps, expiryOf } from './account-mail.ts'
import { issueBeforeMail, mailLink, sendRest } from './link-mail.ts'
import { verificationMailTask } from './tasks.ts'

const kind = 'verificationLink'
const grant = { purpose: 'email_verification' } as const

/** Its owner may read the mail only the next day. */
const linkHours = 24

/** Handles the registration of `userId`, or a request for `email`; no mail if it is verified or unknown. */
export function mailVerificationLink(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const { userId, email = '' } = task.data
    const expiresAt = expiryOf(task, linkHours)
    if (!expiresAt) return
    const user = userId ? await findProfile(userId) : await findCredentials(deps.pool, email)
    const isDue = user?.emailVerified === false && user.id !== serviceUserId
    return issueBeforeMail(deps, task, {
      next: verificationMailTask,
      user: isDue ? user : undefined,
      address: user?.email ?? email,
      kind,
      grant,
      expiresAt,
    })
  }
}

/** Sends the mail of `mailVerificationLink`, unless the address has been verified meanwhile. */
export function sendVerificationMail(deps: AccountMailDeps): Handler {
  return sendRest(deps, async (task, user) => {
    const expiresAt = expiryOf(task, linkHours)
    if (!expiresAt || user.emailVerified) return
    await mailLink(deps, task, user, { kind, grant, expiresAt, letter: 'verification' })
  })
}
