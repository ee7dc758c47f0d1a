/**
 * On a registration without disclosure whose address is taken: mail the owner of the address. The response
 * does not show that the address is taken, so this mail is the only place where its owner learns of it.
 */

import type { Letter } from '../../platform/mail/letter.ts'
import type { Handler } from '../../platform/task-queue/task.ts'
import { findCredentials, isEventRecorded } from '../users/queries.ts'
import { type AccountMailDeps, mailUser, mayMailUser } from './account-mail.ts'
import { sendResetLink } from './mail-reset-link.ts'

/**
 * Handles a registration with the address `email`. `registration` is the id of the event that the request
 * records when it succeeds; if it is recorded, the request was a retry and its first mail is on its way.
 */
export function mailRegistrationNotice(deps: AccountMailDeps): Handler {
  return async (task) => {
    const { email = '', registration } = task.data
    const user = await findCredentials(deps.pool, email)
    if (!user) return
    if (registration && (await isEventRecorded(deps.pool, registration))) return
    if (!user.emailVerified) await sendResetLink(deps, task, user, choosePassword)
    else if (await mayMailUser(deps, task, user, 'registrationNotice')) {
      await mailUser(deps, task, user, accountExists)
    }
  }
}

const accountExists: Letter = {
  subject: 'You already have an Epistle account',
  paragraphs: [
    'We received a request to register with Epistle using this address, which already has an account.',
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
    subject: 'Set a password for your Epistle account',
    paragraphs: [
      'This address was used more than once to register with Epistle. To confirm that it is yours and ' +
        `set your password, open this link before ${expiry}.`,
      { link },
      "If it wasn't you, ignore this e-mail.",
    ],
  }
}
