/**
 * `/users` over HTTP: registering, the own profile and password, finding others. Only shapes are
 * here: what a request may hold, and how an answer looks.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { etag, ifMatchHeaders, precondition } from '../../platform/http/conventions/etags.ts'
import { idempotencyHeaders, idempotencyKey } from '../../platform/http/conventions/idempotency.ts'
import {
  type PagedList,
  pageOf,
  pageQuery,
  pageRequest,
  toPage,
} from '../../platform/http/conventions/pages.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { refusedAt } from '../../platform/http/problems/refused-password.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { accepted, position } from '../../platform/http/replies.ts'
import { idParams, instant, text } from '../../platform/http/strings.ts'
import { changePassword } from './change-password.ts'
import { findProfileAt } from './profile-at.ts'
import { type FoundUser, profileFinder, publicUserFinder, searchUsers } from './queries.ts'
import { registerUser } from './register.ts'
import {
  registerWithoutDisclosure,
  type WithoutDisclosureDeps,
} from './register-without-disclosure.ts'
import {
  newEmail,
  newPassword,
  newUsername,
  passwordCandidate,
  profileShape,
  publicUserShape,
  toProfile,
  toPublicUser,
} from './schemas.ts'
import { USERNAME } from './username.ts'

export interface UserDeps extends WithoutDisclosureDeps {
  /** Whether registering tells nobody whose addresses are taken, and nobody logs in without one. */
  readonly requireVerifiedEmail: boolean
}

/** Everything below `/users`. */
export function userRoutes(app: App, deps: UserDeps): void {
  registerRoute(app, deps)
  profileRoute(app, deps)
  passwordRoute(app, deps)
  publicUserRoute(app, deps)
  searchRoute(app, deps)
}

function registerRoute(app: App, deps: UserDeps): void {
  const schema = {
    operationId: 'registerUser',
    tags: ['users'],
    summary: 'Register',
    headers: idempotencyHeaders,
    body: z.strictObject({ email: newEmail, username: newUsername, password: newPassword }),
    description:
      'Where the service asks for verified addresses, the answer is 202, whether or not somebody has ' +
      'this one: its owner gets a mail that tells how to go on. A username is then whose who asked for ' +
      'it first: sent again without an `Idempotency-Key`, a request is answered `username_taken`; with ' +
      'one, 202, whatever else it holds. Otherwise the answer is 201, or 409 `email_taken`, which tells ' +
      'who is registered.',
    response: {
      201: profileShape,
      202: z.null().meta({ description: 'Noted; a mail to the address tells how to go on' }),
    },
  }
  const config = {
    open: true,
    limit: { name: 'registration', account: ({ email }: { email: string }) => email },
    problems: [
      'password_reset_required',
      'email_taken',
      'username_taken',
      'password_refused',
      'idempotency_key_reused',
      'unknown_event',
    ],
    headers: ['Location', 'ETag', 'Epistle-Position'],
  } as const
  app.post('/users', { schema, config }, async (request, reply) => {
    const { email, username, password } = request.body
    const registration = {
      email,
      username,
      password,
      client: clientOf(request),
      key: idempotencyKey(request, email.toLowerCase(), 'registerUser'),
      metadata: metadata(request),
    }
    if (deps.requireVerifiedEmail) {
      await registerWithoutDisclosure(deps, registration).catch(refusedAt('/password'))
      accepted(reply)
      return reply
    }
    const registered = await registerUser(deps, registration).catch(refusedAt('/password'))
    const { id, recordedAt, version } = registered
    position(reply, registered)
    reply.code(201).header('Location', `/users/${id}`).header('ETag', etag(version))
    const registeredAt = recordedAt.toISOString()
    return toProfile({ id, email, username, registeredAt, emailVerified: false })
  })
}

const profileQuery = z.strictObject({
  at: instant.optional().meta({
    description:
      'As it was at this instant (RFC 3339, in milliseconds); 404 before the registration',
    example: '2026-11-21T12:00:00Z',
  }),
})

function profileRoute(app: App, deps: UserDeps): void {
  const schema = {
    operationId: 'getOwnProfile',
    tags: ['users'],
    summary: 'The own profile, as it is or as it was',
    description: 'With `at`, the `ETag` is also that of then.',
    querystring: profileQuery,
    response: { 200: profileShape },
  }
  const config = { problems: ['not_found', 'unknown_event'], headers: ['ETag'] } as const
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
    summary: 'Change the password',
    description: 'Every session of the user ends, except the one that asks.',
    headers: idempotencyHeaders.extend(ifMatchHeaders.shape),
    body: z.strictObject({ currentPassword: passwordCandidate, newPassword }),
    response: { 204: z.null().meta({ description: 'The password is changed' }) },
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
      key: idempotencyKey(request, principal.userId, 'changePassword'),
      precondition: precondition(request),
      metadata: metadata(request),
    }).catch(refusedAt('/newPassword'))
    position(reply, changed)
    reply.code(204).header('ETag', etag(changed.version))
    return null
  })
}

function publicUserRoute(app: App, { pool }: UserDeps): void {
  const schema = {
    operationId: 'getUser',
    tags: ['users'],
    summary: 'What everybody may know of a user',
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

/** Sorted by username, which is unique and therefore its own key; kept in lower case. */
const usernameKey = z.string().regex(USERNAME).lowercase()
const found: PagedList<string> = { kind: 'users', key: usernameKey, order: 'asc' }

function searchRoute(app: App, { pool, requireVerifiedEmail }: UserDeps): void {
  const username = text({ min: 2, max: 30 })
    .toLowerCase()
    .meta({ description: 'How the username begins, letter for letter', example: 'ad' })
  const schema = {
    operationId: 'findUsers',
    tags: ['users'],
    summary: 'Users whose username begins like this',
    description:
      'Where the service asks for verified addresses, only those who have verified theirs: nobody finds ' +
      'out by whom he registered whether an address was free.',
    querystring: pageQuery(found, { username }),
    response: { 200: pageOf(publicUserShape) },
  }
  app.get('/users', { schema }, async (request) => {
    const page = pageRequest(found, request.query)
    const search = { username: request.query.username, unverified: !requireVerifiedEmail }
    const rows = await searchUsers(pool, search, page)
    return toPage(found, page, rows, (row: FoundUser) => row.username, toPublicUser)
  })
}
