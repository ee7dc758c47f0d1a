/**
 * `/password-resets` and `/email-verifications` over HTTP: requesting mails and redeeming their tokens.
 * Any client may send any address; the response never shows whether it has an account.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import type { PasswordAttempts } from '../../platform/passwords/attempts.ts'
import type { Connectable } from '../../platform/postgres/prepared.ts'
import { enqueueConfirmed } from '../../platform/task-queue/task.ts'
import {
  emailCandidate,
  judging,
  newPassword,
  newUsername,
  verificationRequested,
} from '../users/schemas.ts'
import { type RedeemDeps, resetPasswordByToken, verifyEmailByToken } from './redeem-token.ts'
import { mailedToken } from './redeeming-route.ts'
import { passwordResetTask, verificationTask } from './tasks.ts'

export interface AccountRecoveryDeps extends RedeemDeps {
  readonly pool: Connectable
  /** Forgets the failed attempts at the old password. */
  readonly resetAttempts: PasswordAttempts['resetAttempts']
}

/** Everything below `/password-resets` and `/email-verifications`. */
export function accountRecoveryRoutes(app: App, deps: AccountRecoveryDeps): void {
  requestResetRoute(app, deps)
  resetRoute(app, deps)
  verifyRoute(app, deps)
  resendRoute(app, deps)
}

const address = z.strictObject({ email: emailCandidate })

/** Mails are limited by address, the same for addresses without an account. */
const account = ({ email }: { email: string }) => email

const username = newUsername.optional().meta({
  description:
    'A new username; without it, the present one stays. Allowed only in the request that first verifies ' +
    'the address, because a stranger may have chosen the present one, which then becomes free',
})

const resetRequested = z
  .strictObject({
    next: z.enum(['reset_password']).meta({ description: 'What the user does next' }),
  })
  .meta({
    id: 'PasswordResetRequested',
    description: 'Accepted; an e-mail to the address, if it has an account, has the link',
  })

const tags = ['email']

function requestResetRoute(app: App, { pool }: AccountRecoveryDeps): void {
  const schema = {
    operationId: 'requestPasswordReset',
    tags,
    summary: 'Request a password reset e-mail',
    description:
      'Sends the owner of this address an e-mail with a link. The link works once, within one hour; a ' +
      'newer e-mail replaces it. The response and its timing are the same for every address, whether ' +
      'or not it has an account.',
    body: address,
    response: { 202: resetRequested },
  }
  const config = { open: true, limit: { name: 'resetting', account } } as const
  app.post('/password-resets', { schema, config }, async (request, reply) => {
    await enqueueConfirmed(pool, passwordResetTask, { email: request.body.email })
    reply.code(202)
    return { next: 'reset_password' as const }
  })
}

function resetRoute(app: App, deps: AccountRecoveryDeps): void {
  const schema = {
    operationId: 'resetPassword',
    tags,
    summary: 'Reset the password with the token from the e-mail',
    description:
      'Ends all sessions of the user and starts none: log in with the new password. If the new ' +
      'password or the username is rejected, the token stays valid. Also verifies the address.',
    body: judging(
      z.strictObject({ token: mailedToken, newPassword, username }),
      deps.passwordMinLength,
    ),
    response: { 204: z.null().meta({ description: 'The password was changed' }) },
  }
  const config = {
    open: true,
    limit: 'redeeming',
    problems: [
      'invalid_token',
      'password_refused',
      'already_verified',
      'username_taken',
      'version_conflict',
      'unknown_event',
    ],
    headers: ['Epistle-Position'],
  } as const
  app.post('/password-resets/confirm', { schema, config }, async (request, reply) => {
    const turn = { key: clientOf(request), gone: goneSignal(reply) }
    const command = { ...request.body, turn, metadata: metadata(request) }
    const reset = await resetPasswordByToken(deps, command)
    await deps
      .resetAttempts({ account: reset.email, client: clientOf(request) })
      .catch((err: unknown) =>
        request.log.warn(
          { err },
          'could not clear the failed attempts at the old password, which still count',
        ),
      )
    position(reply, reset)
    reply.code(204)
    return null
  })
}

function verifyRoute(app: App, deps: RedeemDeps): void {
  const schema = {
    operationId: 'verifyEmail',
    tags,
    summary: 'Verify your e-mail address with the token from the e-mail',
    body: z.strictObject({ token: mailedToken, username }),
    response: { 204: z.null().meta({ description: 'The e-mail address is verified' }) },
  }
  const config = {
    open: true,
    limit: 'redeeming',
    problems: ['invalid_token', 'username_taken', 'version_conflict', 'unknown_event'],
    headers: ['Epistle-Position'],
  } as const
  app.post('/email-verifications', { schema, config }, async (request, reply) => {
    const command = { ...request.body, metadata: metadata(request) }
    position(reply, await verifyEmailByToken(deps, command))
    reply.code(204)
    return null
  })
}

function resendRoute(app: App, { pool }: AccountRecoveryDeps): void {
  const schema = {
    operationId: 'resendVerification',
    tags,
    summary: 'Resend the verification e-mail',
    description:
      'Sends the owner of this address another e-mail, unless the address is verified. Its link works ' +
      'for a day. The response and its timing are the same for every address.',
    body: address,
    response: { 202: verificationRequested },
  }
  const config = { open: true, limit: { name: 'resending', account } } as const
  app.post('/email-verifications/resend', { schema, config }, async (request, reply) => {
    await enqueueConfirmed(pool, verificationTask, { email: request.body.email })
    reply.code(202)
    return { next: 'verify_email' as const }
  })
}
