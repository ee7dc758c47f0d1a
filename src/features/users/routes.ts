/**
 * `/users` over HTTP: the caller's profile and password, and finding other users. Only the shapes of requests and
 * responses are here. Registration is in `registration-routes.ts`.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { conditionHeaders, etag, precondition } from '../../platform/http/conventions/etags.ts'
import {
  idempotencyHeaders,
  idempotencyKey,
} from '../../platform/http/conventions/idempotency-header.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import { idParams, instant } from '../../platform/http/strings.ts'
import { changePassword } from './change-password.ts'
import { changeUsername } from './change-username.ts'
import { findProfileAt } from './profile-at.ts'
import { profileFinder, publicUserFinder } from './queries.ts'
import { registrationRoute, type UserDeps } from './registration-routes.ts'
import {
  judging,
  newPassword,
  newUsername,
  passwordCandidate,
  profileShape,
  publicUserShape,
  toProfile,
  toPublicUser,
} from './schemas.ts'
import { searchRoute } from './search-route.ts'

/** Everything below `/users`. */
export function userRoutes(app: App, deps: UserDeps): void {
  registrationRoute(app, deps)
  profileRoute(app, deps)
  passwordRoute(app, deps)
  usernameRoute(app, deps)
  publicUserRoute(app, deps)
  searchRoute(app, deps)
}

const profileQuery = z.strictObject({
  at: instant.optional().meta({
    description:
      'Get the profile at this instant (RFC 3339, in milliseconds); 404 before the registration',
    example: '2026-11-21T12:00:00Z',
  }),
})

function profileRoute(app: App, deps: UserDeps): void {
  const schema = {
    operationId: 'getOwnProfile',
    tags: ['users'],
    summary: 'Get your profile, now or at an earlier time',
    description: 'With `at`, the `ETag` is that of the earlier version.',
    querystring: profileQuery,
    response: { 200: profileShape },
  }
  const config = {
    reads: ({ at }: { at?: Date }) => (at ? 'much' : undefined),
    problems: ['not_found', 'unknown_event'],
    headers: ['ETag'],
  } as const
  const findProfile = profileFinder(deps.pool)
  app.get('/users/me', { schema, config }, async (request, reply) => {
    const { userId } = principalOf(request)
    const { at } = request.query
    const profile = await (at ? findProfileAt(deps, userId, at) : findProfile(userId))
    if (!profile) throw new Problem('not_found')
    reply.header('ETag', etag(profile.version))
    return toProfile(profile)
  })
}

function passwordRoute(app: App, deps: UserDeps): void {
  const schema = {
    operationId: 'changePassword',
    tags: ['users'],
    summary: 'Change your password',
    description: 'Ends all your other sessions. The session of this request stays active.',
    headers: idempotencyHeaders.extend(conditionHeaders.shape),
    body: judging(
      z.strictObject({ currentPassword: passwordCandidate, newPassword }),
      deps.passwordMinLength,
    ),
    response: { 204: z.null().meta({ description: 'The password was changed' }) },
  }
  const config = {
    problems: [
      'not_found',
      'wrong_password',
      'too_many_requests',
      'password_reset_required',
      'password_refused',
      'version_conflict',
      'version_mismatch',
      'idempotency_key_reused',
      'unknown_event',
    ],
    headers: ['ETag', 'Epistle-Position'],
  } as const
  app.put('/users/me/password', { schema, config }, async (request, reply) => {
    const principal = principalOf(request)
    const changed = await changePassword(deps, {
      ...principal,
      ...request.body,
      client: clientOf(request),
      gone: goneSignal(reply),
      key: idempotencyKey(request, principal.userId, 'changePassword'),
      precondition: precondition(request),
      metadata: metadata(request),
    })
    position(reply, changed)
    reply.code(204).header('ETag', etag(changed.version))
    return null
  })
}

function usernameRoute(app: App, deps: UserDeps): void {
  const schema = {
    operationId: 'changeUsername',
    tags: ['users'],
    summary: 'Change your username',
    description:
      'At most once a day. Your earlier username stays reserved for you for 30 days; then other users can ' +
      'choose it.',
    headers: conditionHeaders,
    body: z.strictObject({ username: newUsername.meta({ example: 'turing' }) }),
    response: { 204: z.null().meta({ description: 'You have this username' }) },
  }
  const config = {
    problems: [
      'not_found',
      'username_taken',
      'too_many_requests',
      'version_conflict',
      'version_mismatch',
      'unknown_event',
    ],
    headers: ['ETag'],
    optionalHeaders: ['Epistle-Position'],
  } as const
  app.put('/users/me/username', { schema, config }, async (request, reply) => {
    let version = 0
    const check = precondition(request)
    const changed = await changeUsername(deps, {
      userId: principalOf(request).userId,
      username: request.body.username,
      precondition: (present) => {
        version = present
        check(present)
      },
      metadata: metadata(request),
    })
    if (changed) position(reply, changed)
    reply.code(204).header('ETag', etag(changed?.version ?? version))
    return null
  })
}

function publicUserRoute(app: App, { pool }: UserDeps): void {
  const schema = {
    operationId: 'getUser',
    tags: ['users'],
    summary: 'Get the public profile of a user',
    params: idParams,
    response: { 200: publicUserShape },
  }
  const findUser = publicUserFinder(pool)
  app.get('/users/:id', { schema, config: { problems: ['not_found'] } }, async (request) => {
    const user = await findUser(request.params.id)
    if (!user) throw new Problem('not_found')
    return toPublicUser(user)
  })
}
