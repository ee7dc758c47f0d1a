/**
 * `/password-resets` and `/email-verifications` over HTTP: asking for mails, and showing what they told.
 * Anybody may ask about any address, and learns nothing by it.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { refusedAt } from '../../platform/http/problems/refused-password.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { accepted, position } from '../../platform/http/replies.ts'
import { text } from '../../platform/http/strings.ts'
import type { PasswordTries } from '../../platform/passwords/attempts.ts'
import { ask } from '../../platform/task-queue/task.ts'
import { emailCandidate, newPassword } from '../users/schemas.ts'
import { passwordResetTask, verificationTask } from './issue-token.ts'
import { type RecoveryDeps, resetPasswordByToken, verifyEmailByToken } from './redeem-token.ts'

export interface RecoveryRouteDeps extends RecoveryDeps {
  /** Forgets the tries at a password that is no more. */
  readonly forgive: PasswordTries['forgive']
}

/** Everything below `/password-resets` and `/email-verifications`. */
export function accountRecoveryRoutes(app: App, deps: RecoveryRouteDeps): void {
  forgottenRoute(app, deps)
  resetRoute(app, deps)
  verifyRoute(app, deps)
  resendRoute(app, deps)
}

const address = z.strictObject({ email: emailCandidate })

/** Whom a mail is counted for, alike where nobody has the address. */
const account = ({ email }: { email: string }) => email

/** Longer than any of ours, and none that is worth to be looked up. */
const token = text({ min: 1, max: 256 }).meta({
  description: 'What the link in the mail ends with',
})

const tags = ['proofs']

function forgottenRoute(app: App, { pool }: RecoveryDeps): void {
  const schema = {
    operationId: 'requestPasswordReset',
    tags,
    summary: 'Say that a password is forgotten',
    description:
      'Whoever has this address gets a mail with a link that is good for an hour and for one new ' +
      'password; a newer mail replaces an older one. The answer is the same, and takes the same ' +
      'time, whether or not somebody has it: who does is found out later.',
    body: address,
    response: { 202: z.null().meta({ description: 'Noted' }) },
  }
  const config = { open: true, limit: { name: 'resetting', account } } as const
  app.post('/password-resets', { schema, config }, async (request, reply) => {
    await ask(pool, passwordResetTask, { email: request.body.email })
    accepted(reply)
    return reply
  })
}

function resetRoute(app: App, deps: RecoveryRouteDeps): void {
  const schema = {
    operationId: 'resetPassword',
    tags,
    summary: 'Set a new password by the token of a mail',
    description:
      'Every session of the user ends, and none begins: log in with the new password. A password ' +
      'that is refused leaves the token as it is.',
    body: z.strictObject({ token, newPassword }),
    response: { 204: z.null().meta({ description: 'The password is changed' }) },
  }
  const config = {
    open: true,
    problems: ['invalid_token', 'password_refused', 'version_conflict', 'unknown_event'],
    headers: ['Epistle-Position'],
  } as const
  app.post('/password-resets/confirm', { schema, config }, async (request, reply) => {
    const command = { ...request.body, metadata: metadata(request) }
    const reset = await resetPasswordByToken(deps, command).catch(refusedAt('/newPassword'))
    await deps
      .forgive({ account: reset.email, client: clientOf(request) })
      .catch((err: unknown) => request.log.warn({ err }, 'tries at an old password still count'))
    position(reply, reset)
    reply.code(204)
    return null
  })
}

function verifyRoute(app: App, deps: RecoveryDeps): void {
  const schema = {
    operationId: 'verifyEmail',
    tags,
    summary: 'Verify the own address by the token of a mail',
    body: z.strictObject({ token }),
    response: { 204: z.null().meta({ description: 'The address is verified' }) },
  }
  const config = {
    open: true,
    problems: ['invalid_token', 'version_conflict', 'unknown_event'],
    headers: ['Epistle-Position'],
  } as const
  app.post('/email-verifications', { schema, config }, async (request, reply) => {
    const { token } = request.body
    position(reply, await verifyEmailByToken(deps, { token, metadata: metadata(request) }))
    reply.code(204)
    return null
  })
}

function resendRoute(app: App, { pool }: RecoveryDeps): void {
  const schema = {
    operationId: 'resendVerification',
    tags,
    summary: 'Have the mail sent again by which an address is verified',
    description:
      'Whoever has this address, and has not verified it, gets another mail, good for a day. The ' +
      'answer is the same, and takes the same time, for every address.',
    body: address,
    response: { 202: z.null().meta({ description: 'Noted' }) },
  }
  const config = { open: true, limit: { name: 'resending', account } } as const
  app.post('/email-verifications/resend', { schema, config }, async (request, reply) => {
    await ask(pool, verificationTask, { email: request.body.email })
    accepted(reply)
    return reply
  })
}
