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
    sessionMaxDays: count('How many days a session lasts after the login, at most; 0 for no limit'),
    session: z.strictObject({ labelMaxLength: count('Characters of a `label`, at most') }),
    email: z.strictObject({ maxLength: count('Characters, with the domain in its ASCII form') }),
    password: z.strictObject({
      minLength: count('Characters of a new password, at least'),
      maxLength: count('Characters of a password, at most'),
    }),
    username: z.strictObject({
      minLength: count('Characters, at least'),
      maxLength: count('Characters, at most'),
      pattern: z.string().meta({
        description: 'A regular expression that matches every username',
        example: usernameRules.pattern,
      }),
      reserved: z.array(z.string()).meta({
        description: 'Names that no user can have, also with `_ . -` in any places',
        example: ['admin'],
      }),
      searchMinLength: count('Characters of `username` in `GET /users?username=`, at least'),
      maxIds: count('Ids in `GET /users?ids=`, at most'),
    }),
    message: z.strictObject({
      maxLength: count('Characters of a message, at most'),
      maxBatchLength: count('Messages in one `POST /messages/batch`, at most'),
      searchMaxLength: count('Characters of `q` in `GET /messages?q=`, at most'),
      maxBytes: count('Bytes of a body with one message, at most'),
      maxBatchBytes: count('Bytes of a body with a batch, at most'),
    }),
    request: z.strictObject({
      maxBytes: count('Bytes of any other body, at most'),
      clientIdMaxLength: count('Characters of a `clientId`, at most'),
      idempotencyKeyMaxLength: count('ASCII characters of an `Idempotency-Key`, at most'),
      maxWaitSeconds: count('Seconds that `GET /events?wait=` waits, at most'),
    }),
    page: z.strictObject({
      defaultLimit: count('Items on a page without `limit`'),
      maxLimit: count('Items on a page, at most'),
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
    description: `The same for every client. You can keep the response for the time in \`Cache-Control\`.`,
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
    request: {
      maxBytes: bodyLimit,
      clientIdMaxLength: MAX_CLIENT_ID_LENGTH,
      idempotencyKeyMaxLength: MAX_KEY_LENGTH,
      maxWaitSeconds,
    },
    page: { defaultLimit: pageLimits.default, maxLimit: pageLimits.max },
  }
}
