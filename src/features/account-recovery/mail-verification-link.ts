/**
 * Verification: whoever registered, or asks for it again, gets a mail by which he shows that he reads
 * the mail of his address; and whoever has an address already hears that somebody registered with it.
 */

import { type Letter, render } from '../../platform/mail/letter.ts'
import type { Handler, Task } from '../../platform/task-queue/task.ts'
import {
  findCredentials,
  hasHappened,
  type Profile,
  profileFinder,
  serviceUserId,
} from '../users/queries.ts'
import { issueNone, issueToken } from './issue-token.ts'
import { type MailDeps, mailId } from './mail-deps.ts'
import { sendResetLink } from './mail-reset-link.ts'

const hourMs = 60 * 60 * 1000

/** Mails a link to the user `userId`, or to whoever has the address `email`, unless it is verified. */
export function verification(deps: MailDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const { userId, email = '' } = task.data
    const user = userId ? await findProfile(userId) : await findCredentials(deps.pool, email)
    if (!user || user.emailVerified) return issueNone(deps, issueOf(task))
    await sendLink(deps, task, user)
  }
}

/**
 * Tells the owner of the address `email` that somebody registered with it, again; not by a repeat of
 * the request whose event `registration` is.
 */
export function registrationNotice(deps: MailDeps): Handler {
  return async (task) => {
    const { email = '', registration } = task.data
    const user = await findCredentials(deps.pool, email)
    if (!user) return
    // The mail of the registration itself is on its way.
    if (registration && (await hasHappened(deps.pool, registration))) return
    if (!user.emailVerified) return sendResetLink(deps, task, user, unverifiedAccount)
    await deps.sendMail({
      id: mailId(task),
      to: user.email,
      ...render({
        subject: 'You have an account with Epistle already',
        paragraphs: [
          'Somebody, perhaps you, wanted to register with Epistle, using this address, which has an ' +
            'account already.',
          'If it was you, log in with your password, or have a new one set if you forgot it.',
          'If it was not you, there is nothing to do: nothing has changed.',
        ],
      }),
    })
  }
}

/**
 * Not the link that verifies: who was here before him chose a password, and would have a verified
 * account with it. By this one it becomes his who reads its mail, verified and with his own password.
 */
function unverifiedAccount(link: string, until: string): Letter {
  return {
    subject: 'Set a password for your Epistle account',
    paragraphs: [
      'Somebody, perhaps you, registered with Epistle more than once, using this address. To confirm ' +
        `that it is yours, and to set the password that counts, follow this link before ${until}.`,
      { link },
      'If it was not you, there is nothing to do.',
    ],
  }
}

async function sendLink(deps: MailDeps, task: Task, user: Profile): Promise<void> {
  if (user.id === serviceUserId) return
  const issue = { ...issueOf(task), userId: user.id }
  const token = await issueToken(deps, issue, task.cause)
  await deps.sendMail({
    id: issue.id,
    to: user.email,
    ...render({
      subject: 'Confirm your address for Epistle',
      paragraphs: [
        'Somebody, most likely you, registered with Epistle, using this address. If it was you, confirm ' +
          'that the address is yours: follow this link within a day, and press the button there.',
        { link: `${deps.publicUrl}/verify-email#token=${token}` },
        // Or he would vouch for an account whose password somebody else knows.
        'If it was not you, do not follow the link: whoever it was could then log in by your address.',
      ],
    }),
  })
}

/** What a task's token is good for. */
function issueOf(task: Task) {
  // A day, whenever the mail is really sent; to the hour, so that each try needs no token of its own.
  const expiresAt = new Date(Math.ceil(Date.now() / hourMs + 24) * hourMs)
  return { id: mailId(task), purpose: 'email_verification', expiresAt } as const
}
