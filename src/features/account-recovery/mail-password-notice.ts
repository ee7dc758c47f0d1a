/** Password notice: whose password changed gets a mail that says so, in case it was not he. */

import { render } from '../../platform/mail/letter.ts'
import type { Handler } from '../../platform/task-queue/task.ts'
import { profileFinder } from '../users/queries.ts'
import { type MailDeps, mailId } from './mail-deps.ts'

/** Tells the user `userId`, whose change of password is the task's cause. */
export function passwordNotice({ pool, sendMail }: MailDeps): Handler {
  const findProfile = profileFinder(pool)
  return async (task) => {
    const profile = await findProfile(task.data.userId ?? '')
    if (!profile) return
    await sendMail({
      id: mailId(task),
      to: profile.email,
      ...render({
        subject: 'Your Epistle password was changed',
        paragraphs: [
          'The password of your Epistle account was changed, and every other device was logged out.',
          'If it was you, there is nothing to do.',
          'If it was not, somebody else may know your password, or read your mail. Change the password ' +
            'of your mail first; then say at Epistle that you forgot yours, and set a new one.',
        ],
      }),
    })
  }
}
