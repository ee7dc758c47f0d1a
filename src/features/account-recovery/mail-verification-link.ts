/**
 * On `UserRegistered`, or on a request to resend the mail: mail the user a link that verifies the e-mail
 * address.
 */

import type { Letter } from '../../platform/mail/letter.ts'
import type { Handler, Task } from '../../platform/task-queue/task.ts'
import { findCredentials, profileFinder, serviceUserId } from '../users/queries.ts'
import { type AccountMailDeps, mailId, mailUser, mayMailUser } from './account-mail.ts'
import { issueDecoyToken, issueToken, type TokenGrant } from './issue-token.ts'

const hourMs = 60 * 60 * 1000

/** Handles the registration of `userId`, or a request for `email`. Sends no mail when it is verified. */
export function mailVerificationLink(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const { userId, email = '' } = task.data
    const user = userId ? await findProfile(userId) : await findCredentials(deps.pool, email)
    const grant = grantOf(task)
    if (!user || user.emailVerified) return issueDecoyToken(deps, grant)
    if (user.id === serviceUserId) return
    const isAllowed = await mayMailUser(deps, task, user, 'verificationLink')
    if (!isAllowed) return issueDecoyToken(deps, grant)
    const token = await issueToken(deps, { ...grant, userId: user.id }, task.cause)
    const link = `${deps.publicUrl}/verify-email#token=${token}`
    await mailUser(deps, task, user, verificationLetter(link))
  }
}

function verificationLetter(link: string): Letter {
  return {
    subject: 'Confirm your e-mail address for Epistle',
    paragraphs: [
      'This address was used to register with Epistle. To confirm that it is yours, open this link ' +
        'within a day and press the button there.',
      { link },
      // A stranger who registered with this address chose the password and would own a verified account.
      "Didn't sign up? Ignore this e-mail and don't open the link. Confirming the address would let " +
        'the person who registered with it log in.',
    ],
  }
}

/**
 * A day from the moment the mail is sent, however late that is. Rounded up to the hour, so that the
 * attempts within an hour share one token.
 */
function grantOf(task: Task): TokenGrant {
  const expiresAt = new Date(Math.ceil(Date.now() / hourMs + 24) * hourMs)
  return { id: mailId(task), purpose: 'email_verification', expiresAt }
}
