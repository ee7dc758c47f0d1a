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
    if (!user.emailVerified) return sendLink(deps, task, user, registeredBefore)
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

/** Or he would wonder why the password that he gave the second time does not let him in. */
const registeredBefore =
  'The address was registered before, and the password of then is the one that counts. If you do not ' +
  'know it, have a new one set.'

async function sendLink(
  deps: ProcessDeps,
  task: Task,
  user: Profile,
  ...more: string[]
): Promise<void> {
  if (user.id === serviceUserId) return
  const id = mailId(task)
  // A day, whenever the mail is really sent; to the hour, so that each try needs no token of its own.
  const expiresAt = new Date(Math.ceil(Date.now() / hourMs + 24) * hourMs)
  const issue = { id, userId: user.id, purpose: 'email_verification', expiresAt } as const
  const token = await issueToken(deps, issue, task.cause)
  await deps.sendMail({
    id,
    to: user.email,
    ...render({
      subject: 'Confirm your address for Epistle',
      paragraphs: [
        'Somebody, most likely you, registered with Epistle, using this address. If it was you, confirm ' +
          'that the address is yours: follow this link within a day, and press the button there.',
        { link: `${deps.publicUrl}/verify-email#token=${token}` },
        ...more,
        // Or he would vouch for an account whose password somebody else knows.
        'If it was not you, do not follow the link. There is nothing else to do.',
      ],
    }),
  })
}
