/**
 * `POST /users`: registration over HTTP. Only the shapes of requests and responses are here.
 */

import { z } from 'zod'
import { RejectedError } from '../../platform/event-store/errors.ts'
import type { App } from '../../platform/http/app.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { etag } from '../../platform/http/conventions/etags.ts'
import {
  idempotencyHeaders,
  idempotencyKey,
} from '../../platform/http/conventions/idempotency-header.ts'
import { preferredLanguage } from '../../platform/http/languages.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import {
  asCookie,
  type Device,
  deviceOf,
  handOverSession,
  type NewSession,
  newSessionShape,
} from '../sessions/schemas.ts'
import { type Registered, type Registration, registerUser } from './register.ts'
import {
  type RegisterWithoutDisclosureDeps,
  registerWithoutDisclosure,
} from './register-without-disclosure.ts'
import {
  judging,
  newEmail,
  newPassword,
  newUsername,
  profileShape,
  toProfile,
  verificationRequested,
} from './schemas.ts'
import type { ClaimUsername } from './username-reservations.ts'

export interface UserDeps extends RegisterWithoutDisclosureDeps {
  /** Whether users must verify their address before they can log in. Registration then hides who exists. */
  readonly requireVerifiedEmail: boolean
  readonly claimUsername: ClaimUsername
  /** The languages of mails, the default first. */
  readonly languages: readonly string[]
  /** Starts the first session of a user who has just registered with this request. */
  readonly logInRegistered: (user: Registered, login: Registration & Device) => Promise<NewSession>
}

const registeredShape = profileShape
  .extend({
    session: z.strictObject(newSessionShape).optional().meta({
      description: 'Present if the request asked for it. Its token is returned only once',
    }),
  })
  .meta({
    id: 'RegisteredUser',
    description: 'Your own profile, and the session that you asked for',
  })

const registerBody = z.strictObject({
  email: newEmail,
  username: newUsername,
  password: newPassword,
  logIn: z
    .boolean()
    .optional()
    .meta({
      description:
        'True to get a `session` in the response, as `POST /sessions` would start it. Rejected with ' +
        '`verification_required` if the server requires verified e-mail addresses',
    }),
  cookie: asCookie.optional(),
})

const registerSchema = {
  operationId: 'registerUser',
  tags: ['users'],
  summary: 'Register',
  headers: idempotencyHeaders,
  description:
    'Without required verification, the response is 201, or 409 `email_taken` if the address has an ' +
    'account.\n\nIf the server requires verified e-mail addresses, the response is 202 whether or not the ' +
    'address has an account, and its owner gets an e-mail that explains how to continue. The first ' +
    'request for a username reserves it. A retry with the same `Idempotency-Key` gets 202 again, even if ' +
    'other fields differ. A retry without a key gets 409 `username_taken`.\n\nWith `logIn`, a retry with the ' +
    'same `Idempotency-Key` starts another session. If the password was changed since, it gets 401 ' +
    '`invalid_credentials`.\n\nE-mails to the user are in the language that `Accept-Language` prefers, if the ' +
    'server has letters in it.',
  response: {
    201: registeredShape,
    202: verificationRequested,
  },
}

const registerConfig = {
  open: true,
  limit: { name: 'registration', account: ({ email }: { email: string }) => email },
  problems: [
    'verification_required',
    'cross_site_request',
    'invalid_credentials',
    'version_conflict',
    'password_reset_required',
    'email_taken',
    'username_taken',
    'password_refused',
    'idempotency_key_reused',
    'unknown_event',
  ],
  headers: ['Location', 'ETag', 'Epistle-Position'],
  optionalHeaders: ['Set-Cookie'],
} as const

/** Adds `POST /users`. */
export function registrationRoute(app: App, deps: UserDeps): void {
  const body = judging(registerBody, deps.passwordMinLength)
  const route = { schema: { ...registerSchema, body }, config: registerConfig }
  app.post('/users', route, async (request, reply) => {
    const { logIn, cookie, ...given } = request.body
    // Before anything else, so that the response depends on the server's settings alone.
    if (logIn && deps.requireVerifiedEmail) {
      throw new RejectedError('verification_required', 'the address is not verified yet')
    }
    if (cookie) request.requireTrustedOrigin()
    const ownMetadata = metadata(request)
    const language = preferredLanguage(request.headers['accept-language'], deps.languages)
    const command = {
      ...given,
      client: clientOf(request),
      gone: goneSignal(reply),
      key: idempotencyKey(request, request.body.email.toLowerCase(), 'registerUser'),
      metadata: { ...ownMetadata, ...(language && { language }) },
    }
    if (deps.requireVerifiedEmail) {
      await registerWithoutDisclosure(deps, command)
      reply.code(202)
      return { next: 'verify_email' as const }
    }
    const registered = await registerUser(deps, command)
    const { id, recordedAt, version } = registered
    const login = { ...command, ...deviceOf(request), metadata: ownMetadata }
    const session = logIn && (await deps.logInRegistered(registered, login))
    position(reply, session || registered)
    reply.code(201).header('Location', `/users/${id}`).header('ETag', etag(version))
    const { email, username } = request.body
    const registeredAt = recordedAt.toISOString()
    const profile = toProfile({ id, email, username, registeredAt, emailVerified: false })
    return { ...profile, ...(session && { session: handOverSession(reply, session, cookie) }) }
  })
}
