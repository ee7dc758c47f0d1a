/**
 * On `RegistrationRepeated`: mail the owner of the address. The response does not show that the address is
 * taken, so this mail is the only place where its owner learns of it.
 */

import type { Letter } from '../../platform/mail/letter.ts'
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
      purpose: 'password_reset',
      expiresAt,
      hasLink,
    })
  }
}

/** Sends the mail of `mailRegistrationNotice`. */
export function sendRegistrationMail(deps: AccountMailDeps): Handler {
  return sendRest(deps, async (task, user) => {
    if (!user.emailVerified) return sendResetLink(deps, task, user, choosePassword)
    if (await mayMailUser(deps, task, user, 'registrationNotice')) {
      await mailUser(deps, task, user, accountExists)
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

const accountExists: Letter = {
  subject: 'You already have an account with {product}',
  paragraphs: [
    'We received a request to register with {product} using this address, which already has an account.',
    'If it was you, log in with your password, or request a password reset e-mail if you forgot it.',
    "If it wasn't you, ignore this e-mail. Nothing has changed.",
  ],
}

/**
 * Not a verification link: the person who registered first chose the password, and would get a verified
 * account. A reset link verifies the address too, and its reader chooses the password.
 */
function choosePassword(link: string, expiry: string): Letter {
  return {
    subject: 'Set a password for your {product} account',
    paragraphs: [
      'This address was used more than once to register with {product}. To confirm that it is yours and ' +
        `choose your username and password, open this link before ${expiry}.`,
      { link },
      "If it wasn't you, ignore this e-mail.",
    ],
  }
}
