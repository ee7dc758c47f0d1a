/**
 * Welcome: whoever registered gets a message from the service's own user. From an event of the
 * users' domain to a command of the messages', by the way everybody's messages take.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Handler } from '../../platform/job-queue/task.ts'
import type { ProcessDeps } from '../account-recovery/process-manager.ts'
import { sendMessages } from '../messages/send.ts'
import { profileFinder } from '../users/queries.ts'
import { ensureServiceUser, serviceUserId } from '../users/service-user.ts'

/** Welcomes the user `userId`, whose registration is the task's cause. */
export function welcome({ pool, store, hashCost }: ProcessDeps): Handler {
  const findProfile = profileFinder(pool)
  return async ({ cause, data }) => {
    const { userId = '' } = data
    const profile = await findProfile(userId)
    // He does not write to himself.
    if (!cause || !profile || userId === serviceUserId) return
    await ensureServiceUser(store, hashCost)
    await sendMessages(
      { store },
      {
        from: serviceUserId,
        messages: [{ to: userId, content: greeting(profile.username) }],
        // The id of the message's event follows from the registration's: it is sent once for ever.
        key: { actor: serviceUserId, operation: 'welcome', key: cause },
        metadata: { actor: serviceUserId, causationId: cause },
      },
    ).catch((error: unknown) => {
      // A worker with another text was here before, or the newcomer blocked the service's user.
      const over = ['idempotency_key_reused', 'blocked']
      if (!(error instanceof RejectedError && over.includes(error.code))) throw error
    })
  }
}

function greeting(username: string | null): string {
  return (
    `Welcome${username === null ? '' : `, ${username}`}! This is Epistle. Whoever knows your ` +
    'username can find you by it and write to you; you find others by theirs.'
  )
}
