/**
 * On `RegistrationRepeated`: mail the owner of the address. The response does not show that the address is
 * taken, so this mail is the only place where its owner learns of it.
 */

import type { Handler } from '../../platform/task-queue/task.ts'
import { findCredentials, isEventRecorded, profileFinder } from '../users/queries.ts'
import { type AccountMailDeps, expiryOf, mailUser, mayMailUser } from './account-mail.ts'
import { issueBeforeMail, sendRest } from './link-mail.ts'
import { resetLinkHours, sendResetLink } from './mail-reset-link.ts'
import { registrationMailTask } from './tasks.ts'

/**
 * Handles a registration with the address of the user `userId`. Both mails append one event, as the mail about
 * a registration with a free address does.
 */
export function mailRegistrationNotice(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const expiresAt = expiryOf(task, resetLinkHours)
    if (!expiresAt) return
    const user = await findProfile(task.data.userId ?? '')
    const hasLink = !user?.emailVerified
    return issueBeforeMail(deps, task, {
      next: registrationMailTask,
      user,
      address: user?.email ?? '',
      kind: hasLink ? 'unverifiedResetLink' : 'registrationNotice',
      grant: { purpose: 'password_reset' },
      expiresAt,
      hasLink,
    })
  }
}

/** Sends the mail of `mailRegistrationNotice`. */
export function sendRegistrationMail(deps: AccountMailDeps): Handler {
  return sendRest(deps, async (task, user) => {
    // Not a verification link: the person who registered first chose the password, and would get a verified
    // account. A reset link verifies the address too, and its reader chooses the password.
    if (!user.emailVerified) return sendResetLink(deps, task, user, 'choose-password')
    if (await mayMailUser(deps, task, user, 'registrationNotice')) {
      await mailUser(deps, task, user, 'account-exists')
    }
  })
}

/**
 * Handles a registration with the address `email`, through a server of release 8. `registration` is the id of
 * the event that the request records when it succeeds; if it is recorded, the request was a retry.
 */
export function mailRegistrationNotice8(deps: AccountMailDeps): Handler {
  const handle = mailRegistrationNotice(deps)
  return async (task) => {
    const { email = '', registration } = task.data
    const user = await findCredentials(deps.pool, email)
    if (!user || (registration && (await isEventRecorded(deps.pool, registration)))) return
    return handle({ ...task, data: { userId: user.id } })
  }
}
