/**
 * On `UserRegistered`: send the user a welcome message from the service's own user. The message takes the
 * same path as a user's message.
 *
 * Where addresses must be verified, on `EmailVerified` instead: all users can see in the statistics that a
 * message was sent, and so whether a registration had a free address.
 */

import { RejectedError } from '../../platform/event-store/errors.ts'
import type { Metadata } from '../../platform/event-store/event.ts'
import type { IdempotencyKey } from '../../platform/event-store/idempotency.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import type { Handler } from '../../platform/task-queue/task.ts'
import { findRegistration, type Profile, profileFinder, serviceUserId } from '../users/queries.ts'

export interface WelcomeDeps {
  readonly pool: Queryable
  /** Registers the service's own user unless it exists. */
  readonly ensureServiceUser: () => Promise<void>
  /** Whether users must verify their address before they can log in. */
  readonly requireVerifiedEmail: boolean
  readonly productName: string
  /** The text; `{username}` in it is replaced. Absent: our own; `off`: no message is sent. */
  readonly welcomeMessage: string | undefined
  readonly sendMessages: (sending: {
    readonly from: string
    readonly messages: readonly { readonly to: string; readonly content: string }[]
    readonly key: IdempotencyKey
    readonly metadata: Metadata
  }) => Promise<unknown>
}

/**
 * Rejections that end the task. `idempotency_key_reused`: a worker of a release with another text has sent
 * the message. `blocked`: the new user has blocked the service's user. `recipient_unknown`: the new user has departed.
 */
const finalCodes = ['idempotency_key_reused', 'blocked', 'recipient_unknown']

/** Handles the registration of the user `userId`; the task's cause is the event. */
export function sendWelcomeMessage(deps: WelcomeDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async ({ cause, data }) => {
    const profile = await findProfile(data.userId ?? '')
    if (!cause || !profile || (deps.requireVerifiedEmail && !profile.emailVerified)) return
    await send(deps, profile, { registration: cause, cause })
  }
}

/** Handles the verification of the address of the user `userId`; the task's cause is the event. */
export function sendWelcomeAfterVerification(deps: WelcomeDeps): Handler {
  const findProfile = profileFinder(deps.pool)
  return async ({ cause, data }) => {
    if (!cause || !deps.requireVerifiedEmail) return
    const profile = await findProfile(data.userId ?? '')
    const registration = profile && (await findRegistration(deps.pool, profile.id))
    if (registration) await send(deps, profile, { registration, cause })
  }
}

/** Sends the message of a registration: once, whatever the cause and however often a task runs. */
async function send(
  deps: WelcomeDeps,
  { id, username }: Profile,
  { registration, cause }: { readonly registration: string; readonly cause: string },
): Promise<void> {
  const content = contentFor(deps, username)
  if (id === serviceUserId || content === undefined) return
  await deps.ensureServiceUser()
  const sent = deps.sendMessages({
    from: serviceUserId,
    messages: [{ to: id, content }],
    key: { actor: serviceUserId, operation: 'welcome', key: registration },
    metadata: { actor: serviceUserId, causationId: cause },
  })
  await sent.catch((error: unknown) => {
    if (!(error instanceof RejectedError && finalCodes.includes(error.code))) throw error
  })
}

/** The text for a user; undefined if there is none to send. Users of release 0 have no username. */
function contentFor(
  { welcomeMessage, productName }: WelcomeDeps,
  username: string | null,
): string | undefined {
  if (welcomeMessage === 'off') return undefined
  if (welcomeMessage !== undefined) {
    return welcomeMessage.replaceAll('{username}', () => username ?? '')
  }
  return (
    `Welcome${username === null ? '' : `, ${username}`}! This is ${productName}. People can find you by ` +
    'your username. Search for theirs to start a conversation.'
  )
}
