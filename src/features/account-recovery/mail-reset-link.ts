/**
 * On a request to reset a password: mail the owner of the address a link. The worker looks up the address
 * here, not the server in its response, so the response cannot show whether the address has an account.
 */

import type { Letter } from '../../platform/mail/letter.ts'
import type { Handler, Task } from '../../platform/task-queue/task.ts'
import { findCredentials, type Profile, serviceUserId } from '../users/queries.ts'
import {
  type AccountMailDeps,
  expiryOf,
  linkTo,
  mailId,
  mailUser,
  mayMailUser,
  timeOf,
} from './account-mail.ts'
import { issueToken } from './issue-token.ts'

/** From the request on: OWASP's "Forgot Password" cheat sheet recommends 30 to 60 minutes. */
export const resetLinkHours = 1

/** Handles a request for the address `email`. Sends no mail when the address has no account. */
export function mailResetLink(deps: AccountMailDeps): Handler {
  return async (task) => {
    const expiresAt = expiryOf(task, resetLinkHours)
    if (!expiresAt) return
    const user = await findCredentials(deps.pool, task.data.email ?? '')
    await sendResetLink(deps, task, { user, expiresAt, write: resetLetter })
  }
}

interface ResetLink {
  /** The recipient. Without one, or for the service's own user, the same is appended and nothing sent. */
  readonly user: Profile | undefined
  readonly expiresAt: Date
  /** Writes the letter with the link and the time it expires. */
  readonly write: (link: string, expiry: string) => Letter
}

/** Mails a user a letter with a link by which they set a new password. */
export async function sendResetLink(
  deps: AccountMailDeps,
  task: Task,
  { user, expiresAt, write }: ResetLink,
): Promise<void> {
  const kind = user?.emailVerified ? 'resetLink' : 'unverifiedResetLink'
  const isDue =
    user !== undefined &&
    user.id !== serviceUserId &&
    // Before a token is issued: it would replace the link that the user has.
    (await mayMailUser(deps, task, user, kind))
  const token = await issueToken(
    deps,
    {
      id: mailId(task),
      purpose: 'password_reset',
      expiresAt,
      userId: isDue ? user.id : undefined,
    },
    task.cause,
  )
  if (!isDue) return
  const link = linkTo(deps, 'reset-password', token, user)
  await mailUser(deps, task, user, write(link, timeOf(expiresAt)))
}

function resetLetter(link: string, expiry: string): Letter {
  return {
    subject: 'Reset your Epistle password',
    paragraphs: [
      `We received a request to reset your Epistle password. To set a new one, open this link before ${expiry}.`,
      { link },
      'The link works once. A newer e-mail like this one replaces it.',
      "If you didn't request this, ignore this e-mail. Your password stays the same.",
    ],
  }
}
