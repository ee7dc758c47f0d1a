/**
 * On `UserRegistered`: send the user a welcome message from the service's own user. The message takes the
 * same path as a user's message.
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

/**
 * Rejections that end the task. `idempotency_key_reused`: a worker of a release with another text has sent
 * the message. `blocked`: the new user has blocked the service's user.
 */
const finalCodes = ['idempotency_key_reused', 'blocked']

/** Handles the registration of the user `userId`; the task's cause is the event. */
export function sendWelcomeMessage(deps: WelcomeDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async ({ cause, data }) => {
    const { userId = '' } = data
    const profile = await findProfile(userId)
    if (!cause || !profile || userId === serviceUserId) return
    await deps.ensureServiceUser()
    const sent = deps.sendMessages({
      from: serviceUserId,
      messages: [{ to: userId, content: greeting(profile.username) }],
      // Derived from the registration, so the message is sent once, however often the task runs.
      key: { actor: serviceUserId, operation: 'welcome', key: cause },
      metadata: { actor: serviceUserId, causationId: cause },
    })
    await sent.catch((error: unknown) => {
      if (!(error instanceof RejectedError && finalCodes.includes(error.code))) throw error
    })
  }
}

function greeting(username: string | null): string {
  return (
    `Welcome${username === null ? '' : `, ${username}`}! This is Epistle. People can find you by your ` +
    'username. Search for theirs to start a conversation.'
  )
}
