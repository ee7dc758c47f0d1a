/** `POST /sessions`: logging in over HTTP. Only the shapes of requests and responses are here. */

import { z } from 'zod'
import type { Metadata } from '../../platform/event-store/event.ts'
import { afterResponse } from '../../platform/http/after-response.ts'
import type { App } from '../../platform/http/app.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import { sessionCookie } from '../../platform/http/session-cookie.ts'
import { emailCandidate, passwordCandidate, profileShape, toProfile } from '../users/schemas.ts'
import { type LogInDeps, logIn, maxSessions } from './log-in.ts'
import { asCookie, deviceOf, handOverSession, newSessionShape, sessionLabel } from './schemas.ts'

export interface SessionDeps extends LogInDeps {
  /** Renews the hash of the password, which is known only now, if the configured cost has risen. */
  readonly renewPasswordHash: (verified: {
    readonly userId: string
    readonly passwordHash: string
    readonly password: string
    readonly metadata: Metadata
  }) => Promise<void>
}

const schema = {
  operationId: 'logIn',
  tags: ['sessions'],
  summary: 'Log in',
  description:
    'Send the token as `Authorization: Bearer <token>`. It is returned only once. `expiresAt` moves with ' +
    `each day on which the session is used. A user has at most ${maxSessions} active sessions: a login ` +
    'beyond that ends the one that was not used for the longest time.\n\n' +
    'With `"cookie": true`, the response has no token. It sets the cookie `' +
    `${sessionCookie}\`, which the browser then sends by itself and scripts cannot read.`,
  body: z.strictObject({
    email: emailCandidate,
    password: passwordCandidate,
    label: sessionLabel.optional(),
    cookie: asCookie.optional(),
  }),
  response: {
    201: z
      .strictObject({ ...newSessionShape, user: profileShape })
      .meta({ id: 'NewSession', description: 'The session that has begun, and your profile' }),
  },
}

const config = {
  open: true,
  problems: [
    'invalid_credentials',
    'suspended',
    'version_conflict',
    'too_many_requests',
    'password_reset_required',
    'cross_site_request',
  ],
  headers: ['Location', 'Epistle-Position'],
  optionalHeaders: ['Set-Cookie'],
} as const

/** Adds `POST /sessions`. */
export function loginRoute(app: App, deps: SessionDeps): void {
  const runAfterResponse = afterResponse(app)
  app.post('/sessions', { schema, config }, async (request, reply) => {
    const { email, password, label, cookie } = request.body
    // Otherwise another site could log its visitors in as a user of its choice.
    if (cookie) request.requireTrustedOrigin()
    const loggedIn = await logIn(deps, {
      email,
      password,
      ...deviceOf(request, label),
      client: clientOf(request),
      gone: goneSignal(reply),
      metadata: metadata(request),
    })
    const { id, user } = loggedIn
    const verified = { userId: user.id, passwordHash: user.passwordHash, password }
    runAfterResponse(reply, () =>
      deps.renewPasswordHash({ ...verified, metadata: metadata(request) }),
    )
    position(reply, loggedIn)
    reply.code(201).header('Location', `/sessions/${id}`)
    return { ...handOverSession(reply, loggedIn, cookie), user: toProfile(user) }
  })
}
