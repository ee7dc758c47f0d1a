/**
 * Changing the e-mail address over HTTP: `/users/me/email-changes` requests a change, and `/email-changes` redeems
 * the tokens of the mails about it.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import type { PasswordAttempts } from '../../platform/passwords/attempts.ts'
import type { Connectable } from '../../platform/postgres/prepared.ts'
import { enqueueConfirmed } from '../../platform/task-queue/task.ts'
import { newEmail, passwordCandidate } from '../users/schemas.ts'
import {
  changeEmailByToken,
  type RedeemEmailDeps,
  setEmailBackByToken,
} from './redeem-email-token.ts'
import type { TokenOwner } from './redeem-token.ts'
import { addressTaken, redeemingRoute } from './redeeming-route.ts'
import { emailChangeTask, verificationTask } from './tasks.ts'

export interface EmailChangeDeps extends Omit<RedeemEmailDeps, 'restoreUser'> {
  readonly pool: Connectable
  /** The users feature's command: changes the address at once, or returns that a mail must. */
  readonly requestEmailChange: (request: {
    readonly userId: string
    readonly newEmail: string
    readonly currentPassword: string
    readonly client: string
    readonly gone: AbortSignal
    readonly metadata: TokenOwner['metadata']
  }) => Promise<{ readonly isChanged: boolean; readonly version: number }>
  /** Forgets the failed attempts at the new address, which then was that of no account. */
  readonly resetAttempts: PasswordAttempts['resetAttempts']
}

/** Everything about changing an address. */
export function emailChangeRoutes(app: App, deps: EmailChangeDeps): void {
  requestRoute(app, deps)
  confirmRoute(app, deps)
  revertRoute(app, deps)
}

const changeRequested = z
  .strictObject({
    next: z.enum(['open_email']).meta({ description: 'What the user does next' }),
  })
  .meta({
    id: 'EmailChangeRequested',
    description: 'Accepted; an e-mail to the new address explains how to continue',
  })

function requestRoute(app: App, deps: EmailChangeDeps): void {
  const schema = {
    operationId: 'requestEmailChange',
    tags: ['email'],
    summary: 'Change your e-mail address',
    description:
      'Sends an e-mail with a link to the new address. The link works once, for a day; it changes the address, and ' +
      'your sessions stay active. A newer request, or a change of the password, replaces it. If the new address ' +
      'has an account, its owner gets an e-mail without a link. The response and its timing are the same.\n\n' +
      'While your present address is not verified and the server does not require verified addresses, the ' +
      'change takes effect at once, if the new address has no account. The e-mail then verifies it.',
    body: z.strictObject({
      newEmail: newEmail.meta({ example: 'turing@example.com' }),
      currentPassword: passwordCandidate,
    }),
    response: { 202: changeRequested },
  }
  const config = {
    limit: 'changingEmail',
    problems: [
      'not_found',
      'wrong_password',
      'too_many_requests',
      'password_reset_required',
      'conflict',
      'version_conflict',
      'unknown_event',
    ],
  } as const
  app.post('/users/me/email-changes', { schema, config }, async (request, reply) => {
    const { userId } = principalOf(request)
    const { isChanged, version } = await deps.requestEmailChange({
      userId,
      ...request.body,
      client: clientOf(request),
      gone: goneSignal(reply),
      metadata: metadata(request),
    })
    const email = request.body.newEmail
    const change = { userId, email, version: String(version) }
    if (isChanged) await enqueueConfirmed(deps.pool, verificationTask, { email })
    else await enqueueConfirmed(deps.pool, emailChangeTask, change)
    reply.code(202)
    return { next: 'open_email' as const }
  })
}

function confirmRoute(app: App, deps: EmailChangeDeps): void {
  redeemingRoute(app, '/email-changes/confirm', {
    operationId: 'confirmEmailChange',
    tag: 'email',
    summary: 'Confirm your new e-mail address with the token from the e-mail',
    description:
      'From now on you log in with the new address, which is verified. Links in e-mails to the earlier one are ' +
      'invalid. If that was verified, it gets an e-mail with a link that sets it back, for seven days.',
    done: 'The address was changed',
    redeem: async (request, { client, log }) => {
      const changed = await changeEmailByToken(deps, request)
      await deps
        .resetAttempts({ account: changed.email, client })
        .catch((err: unknown) =>
          log.warn({ err }, 'could not clear the failed attempts at the new address'),
        )
      return changed
    },
  })
}

function revertRoute(app: App, deps: EmailChangeDeps): void {
  redeemingRoute(app, '/email-changes/revert', {
    operationId: 'revertEmailChange',
    tag: 'email',
    summary: 'Set your earlier e-mail address back with the token from the e-mail',
    description:
      'For an account that someone else has taken over: sets the address back, ends all sessions, and makes the ' +
      'password invalid. An e-mail with a link to choose a new one follows. Later changes of the address are ' +
      `undone, too, and cannot be set back.\n\n${addressTaken}`,
    done: 'The earlier address is back',
    redeem: (request) => setEmailBackByToken(deps, request),
  })
}
