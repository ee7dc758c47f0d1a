/**
 * `GET /settings`: what a front end needs to know about this service before anyone logs in, so that it checks a
 * form by the rules of the server. The values come from the configuration and from the schemas that reject
 * requests. They are the same for every client, contain nothing secret, and need no database.
 */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { bodyLimit } from '../../platform/http/body.ts'
import { MAX_CLIENT_ID_LENGTH } from '../../platform/http/conventions/client-ids.ts'
import { MAX_KEY_LENGTH } from '../../platform/http/conventions/idempotency-header.ts'
import { pageLimits } from '../../platform/http/conventions/pages.ts'
import { MAX_PASSWORD_LENGTH } from '../../platform/passwords/policy.ts'
import { maxWaitSeconds } from '../live-updates/schemas.ts'
import { batchBodyLimit, messageBodyLimit, messageRules } from '../messages/schemas.ts'
import { moderationRules } from '../moderation/schemas.ts'
import { sessionRules } from '../sessions/schemas.ts'
import { emailRules, MAX_USER_IDS, usernameRules } from '../users/schemas.ts'

/** The settings of the operator that a front end needs. */
export interface PublicConfig {
  readonly productName: string
  readonly requireVerifiedEmail: boolean
  readonly sessionDays: number
  readonly sessionMaxDays: number
  /** In code points. */
  readonly passwordMinLength: number
}

const count = (description: string) => z.int().min(0).max(10_000_000).meta({ description })

const settingsShape = z
  .strictObject({
    productName: z.string().meta({ description: 'The name of this service', example: 'Epistle' }),
    emailVerificationRequired: z.boolean().meta({
      description:
        'Whether users must verify their address before they can log in. Registration then responds 202',
    }),
    sessionDays: count('How many days a session lasts after the day of its last use'),
    sessionMaxDays: count(
      'How many days after the login a session ends even if it is used; 0 for no limit',
    ),
    session: z.strictObject({ labelMaxLength: count('Maximum length of a `label`') }),
    email: z.strictObject({
      maxLength: count('Maximum length, with the domain in its ASCII form'),
    }),
    password: z.strictObject({
      minLength: count('Minimum length of a new password'),
      maxLength: count('Maximum length of a password'),
    }),
    username: z.strictObject({
      minLength: count('Minimum length'),
      maxLength: count('Maximum length'),
      pattern: z.string().meta({
        description: 'A regular expression that matches every username',
        example: usernameRules.pattern,
      }),
      reserved: z.array(z.string()).meta({
        description: 'Names that no user can have, with or without `_ . -`',
        example: ['admin'],
      }),
      searchMinLength: count('Minimum length of `username` in `GET /users?username=`'),
      maxIds: count('Maximum number of ids in `GET /users?ids=`'),
    }),
    message: z.strictObject({
      maxLength: count('Maximum length of a message'),
      maxBatchLength: count('Maximum number of messages in one `POST /messages/batch`'),
      searchMaxLength: count('Maximum length of `q` in `GET /messages?q=`'),
      maxBytes: count('Maximum size of a body with one message, in bytes'),
      maxBatchBytes: count('Maximum size of a body with a batch, in bytes'),
    }),
    report: z.strictObject({
      reasonMaxLength: count('Maximum length of the `reason` of a report'),
    }),
    request: z.strictObject({
      maxBytes: count('Maximum size of any other body, in bytes'),
      clientIdMaxLength: count('Maximum length of a `clientId`'),
      idempotencyKeyMaxLength: count('Maximum length of an `Idempotency-Key`, in ASCII characters'),
      maxWaitSeconds: count('Maximum number of seconds that `GET /events?wait=` waits'),
    }),
    page: z.strictObject({
      defaultLimit: count('Number of items on a page without `limit`'),
      maxLimit: count('Maximum number of items on a page'),
    }),
  })
  .meta({
    id: 'Settings',
    description: 'The rules of this service for its front ends. Lengths are in code points',
  })

/** A change of a setting needs a restart, so five minutes later every client has it. */
const cacheControl = 'public, max-age=300'

/** Adds `GET /settings`. */
export function settingsRoute(app: App, config: PublicConfig): void {
  const settings = settingsOf(config)
  const digest = createHash('sha256').update(JSON.stringify(settings)).digest('base64url')
  const tag = `"${digest.slice(0, 22)}"`
  const schema = {
    operationId: 'getSettings',
    tags: ['service'],
    summary: 'Get the rules and limits that a front end needs',
    description:
      'The response is the same for every client. Keep it for the time in `Cache-Control`.',
    response: { 200: settingsShape },
  }
  app.get('/settings', { schema, config: { open: true, headers: ['ETag'] } }, async (_, reply) => {
    reply.header('Cache-Control', cacheControl).header('ETag', tag)
    return settings
  })
}

function settingsOf(config: PublicConfig): z.input<typeof settingsShape> {
  return {
    productName: config.productName,
    emailVerificationRequired: config.requireVerifiedEmail,
    sessionDays: config.sessionDays,
    sessionMaxDays: config.sessionMaxDays,
    session: sessionRules,
    email: emailRules,
    password: { minLength: config.passwordMinLength, maxLength: MAX_PASSWORD_LENGTH },
    username: { ...usernameRules, reserved: [...usernameRules.reserved], maxIds: MAX_USER_IDS },
    message: { ...messageRules, maxBytes: messageBodyLimit, maxBatchBytes: batchBodyLimit },
    report: { reasonMaxLength: moderationRules.reasonMaxLength },
    request: {
      maxBytes: bodyLimit,
      clientIdMaxLength: MAX_CLIENT_ID_LENGTH,
      idempotencyKeyMaxLength: MAX_KEY_LENGTH,
      maxWaitSeconds,
    },
    page: { defaultLimit: pageLimits.default, maxLimit: pageLimits.max },
  }
}
