/**
 * Verification: whoever registered, or asks for it again, gets a mail by which he shows that he reads
 * the mail of his address; and whoever has an address already hears that somebody registered with it.
 */

import { render } from '../mail/letter.ts'
import { issueToken } from '../proof/commands.ts'
import type { Handler, Task } from '../tasks/task.ts'
import { findCredentials, type Profile, profileFinder } from '../user/queries.ts'
import { serviceUserId } from '../user/service-user.ts'
import { mailId, type ProcessDeps } from './process.ts'

const hourMs = 60 * 60 * 1000

/** Mails a link to the user `userId`, or to whoever has the address `email`, unless it is verified. */
export function verification(deps: ProcessDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async (task) => {
    const { userId, email = '' } = task.data
    const user = userId ? await findProfile(userId) : await findCredentials(deps.pool, email)
    if (user && !user.emailVerified) await sendLink(deps, task, user)
  }
}

/** Tells the owner of the address `email` that he has an account, or how to verify that it is his. */
export function registrationNotice(deps: ProcessDeps): Handler {
  return async (task) => {
    const user = await findCredentials(deps.pool, task.data.email ?? '')
    if (!user) return
    if (!user.emailVerified) return sendLink(deps, task, user)
    await deps.sendMail({
      id: mailId(task),
      to: user.email,
      ...render({
        subject: 'You have an account already',
        paragraphs: [
          'Somebody, perhaps you, wanted to register with Epistle by this address, which has an ' +
            'account. Log in with your password, or have a new one set if you forgot it.',
          'If it was not you, there is nothing to do: nothing has changed.',
        ],
      }),
    })
  }
}

async function sendLink(deps: ProcessDeps, task: Task, user: Profile): Promise<void> {
  if (user.id === serviceUserId) return
  const id = mailId(task)
  // A day, whenever the mail is really sent; to the hour, so that each try needs no token of its own.
  const expiresAt = new Date(Math.ceil(Date.now() / hourMs + 24) * hourMs)
  const issue = { id, userId: user.id, purpose: 'email_verification', expiresAt } as const
  const token = await issueToken(deps, issue)
  await deps.sendMail({
    id,
    to: user.email,
    ...render({
      subject: 'Is this your address?',
      paragraphs: [
        'Somebody, most likely you, registered with Epistle by this address. Here you confirm that it ' +
          'is yours, within a day:',
        { link: `${deps.publicUrl}/verify-email#token=${token}` },
        'If it was not you, there is nothing to do.',
      ],
    }),
  })
}
