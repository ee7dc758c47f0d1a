/**
 * Welcome: whoever registered gets a message from the service's own user. From an event of the
 * users' domain to a command of the messages', by the way everybody's messages take.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { IdempotencyKey } from '../../platform/event-store/idempotency.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Handler } from '../../platform/task-queue/task.ts'
import { profileFinder, serviceUserId } from '../users/queries.ts'

export interface WelcomeDeps {
  readonly pool: Queryable
  /** Registers the service's own user unless it exists. */
  readonly ensureServiceUser: () => Promise<void>
  readonly sendMessages: (sending: {
    readonly from: string
    readonly messages: readonly { readonly to: string; readonly content: string }[]
    readonly key: IdempotencyKey
    readonly metadata: Metadata
  }) => Promise<unknown>
}

/** Welcomes the user `userId`, whose registration is the task's cause. */
export function welcome({ pool, ensureServiceUser, sendMessages }: WelcomeDeps): Handler {
  const findProfile = profileFinder(pool)
  return async ({ cause, data }) => {
    const { userId = '' } = data
    const profile = await findProfile(userId)
    // He does not write to himself.
    if (!cause || !profile || userId === serviceUserId) return
    await ensureServiceUser()
    await sendMessages({
      from: serviceUserId,
      messages: [{ to: userId, content: greeting(profile.username) }],
      // The id of the message's event follows from the registration's: it is sent once for ever.
      key: { actor: serviceUserId, operation: 'welcome', key: cause },
      metadata: { actor: serviceUserId, causationId: cause },
    }).catch((error: unknown) => {
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
