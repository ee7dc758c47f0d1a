/**
 * On a request for another e-mail address: mail the new address a link that confirms it. If another user has the
 * address, its owner gets a mail without a link, after the same events. So no response and no position shows whether
 * the address has an account.
 */

import type { Handler, Task } from '../../platform/task-queue/task.ts'
import { findCredentials, type Profile, profileFinder } from '../users/queries.ts'
import { type AccountMailDeps, expiryOf, mailUser, mayMailUser } from './account-mail.ts'
import { issueBeforeMail, mailLink } from './link-mail.ts'
import { findVersionIfUnchanged } from './queries.ts'
import { emailChangeMailTask } from './tasks.ts'

const kind = 'emailChangeLink'

/** Its owner may read the mail only the next day. */
const linkHours = 24

/**
 * Handles the request of the user `userId` for the address `email`, at the version `version` of the user. A change of
 * the password or of the address since has made the request void: the person who made it may have lost the account.
 */
export function mailEmailChange(deps: AccountMailDeps): Handler {
  return async (task) => {
    const { userId = '', email = '', version: since = '0' } = task.data
    const expiresAt = expiryOf(task, linkHours)
    if (!expiresAt) return
    const version = await findVersionIfUnchanged(deps.pool, { userId, since })
    const rest = await issueBeforeMail(deps, task, {
      next: emailChangeMailTask,
      user: version === undefined ? undefined : { id: userId },
      version,
      address: email,
      kind,
      grant: { purpose: 'email_change', email },
      expiresAt,
    })
    return { ...rest, data: { ...rest.data, email } }
  }
}

/** Sends the mail of `mailEmailChange`. */
export function sendEmailChangeMail(deps: AccountMailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const { userId, email = '' } = task.data
    const expiresAt = expiryOf(task, linkHours)
    const user = userId && (await findProfile(userId))
    if (!user || !expiresAt) return
    const owner = await findCredentials(deps.pool, email)
    if (owner && owner.id !== user.id) return mailOwner(deps, task, owner)
    const grant = { purpose: 'email_change', email } as const
    await mailLink(deps, task, at(email, user), { kind, grant, expiresAt, letter: 'email-change' })
  }
}

async function mailOwner(deps: AccountMailDeps, task: Task, owner: Profile): Promise<void> {
  if (await mayMailUser(deps, task, owner, kind)) {
    await mailUser(deps, task, owner, 'email-change-taken')
  }
}

/** The user at an address that is not the one of their account. Its page offers no other username. */
function at(email: string, user: Profile): Profile {
  return { ...user, email, emailVerified: true }
}
