/**
 * `/sessions` over HTTP: logging in, listing your sessions, logging out. Only the shapes of requests and
 * responses are here.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Metadata } from '../../platform/event-store/event.ts'
import { afterResponse } from '../../platform/http/after-response.ts'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import {
  type PagedList,
  pageOf,
  pageQuery,
  pageRequest,
  positionKey,
  toPage,
} from '../../platform/http/conventions/pages.ts'
import { byLength } from '../../platform/http/fair-reads.ts'
import { metadata } from '../../platform/http/metadata.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import { clearSessionCookie, handOver, sessionCookie } from '../../platform/http/session-cookie.ts'
import { idParams, uuid } from '../../platform/http/strings.ts'
import { emailCandidate, passwordCandidate, profileShape, toProfile } from '../users/schemas.ts'
import { type LogInDeps, logIn, maxSessions } from './log-in.ts'
import { logOut } from './log-out.ts'
import { listSessions, type SessionRow } from './queries.ts'

export interface SessionDeps extends LogInDeps {
  /** Renews the hash of the password, which is known only now, if the configured cost has risen. */
  readonly renewPasswordHash: (verified: {
    readonly userId: string
    readonly passwordHash: string
    readonly password: string
    readonly metadata: Metadata
  }) => Promise<void>
}

/** Everything below `/sessions`. */
export function sessionRoutes(app: App, deps: SessionDeps): void {
  loginRoute(app, deps)
  listRoute(app, deps)
  logoutRoutes(app, deps)
}

const loggedInShape = z.strictObject({
  id: uuid,
  token: z
    .string()
    .optional()
    .meta({ description: 'Absent with `"cookie": true`: the token is in the cookie alone' }),
  expiresAt: z.iso.datetime(),
  user: profileShape,
})

const loginBody = z.strictObject({
  email: emailCandidate,
  password: passwordCandidate,
  cookie: z
    .boolean()
    .optional()
    .meta({ description: 'Return the token in a cookie, for pages of the same site' }),
})

const loginConfig = {
  open: true,
  problems: [
    'invalid_credentials',
    'version_conflict',
    'too_many_requests',
    'password_reset_required',
    'cross_site_request',
  ],
  headers: ['Location', 'Epistle-Position'],
} as const

function loginRoute(app: App, deps: SessionDeps): void {
  const runAfterResponse = afterResponse(app)
  const schema = {
    operationId: 'logIn',
    tags: ['sessions'],
    summary: 'Log in',
    description:
      'Send the token as `Authorization: Bearer <token>`. It is returned only once. A user has at most ' +
      `${maxSessions} active sessions: a login beyond that ends the oldest one.\n\n` +
      'With `"cookie": true`, the response has no token. It sets the cookie `' +
      `${sessionCookie}\`, which the browser then sends by itself and scripts cannot read.`,
    body: loginBody,
    response: { 201: loggedInShape },
  }
  app.post('/sessions', { schema, config: loginConfig }, async (request, reply) => {
    const { email, password, cookie } = request.body
    // Otherwise another site could log its visitors in as a user of its choice.
    if (cookie) request.requireTrustedOrigin()
    const loggedIn = await logIn(deps, {
      email,
      password,
      client: clientOf(request),
      gone: goneSignal(reply),
      metadata: metadata(request),
    })
    const { id, token, expiresAt, user } = loggedIn
    const verified = { userId: user.id, passwordHash: user.passwordHash, password }
    runAfterResponse(reply, () =>
      deps.renewPasswordHash({ ...verified, metadata: metadata(request) }),
    )
    position(reply, loggedIn)
    reply.code(201).header('Location', `/sessions/${id}`)
    return {
      id,
      ...handOver(reply, token, cookie),
      expiresAt: expiresAt.toISOString(),
      user: toProfile(user),
    }
  })
}

/** Newest first, ordered by the position of the session's start. */
const sessionList: PagedList<string> = { kind: 'sessions', key: positionKey, order: 'desc' }

const sessionShape = z
  .strictObject({
    id: uuid,
    startedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    current: z.boolean().meta({ description: 'True for the session of this request' }),
  })
  .meta({ id: 'Session' })

function listRoute(app: App, { pool }: LogInDeps): void {
  const schema = {
    operationId: 'listSessions',
    tags: ['sessions'],
    summary: 'List your active sessions',
    querystring: pageQuery(sessionList, {}),
    response: { 200: pageOf(sessionShape) },
  }
  app.get('/sessions', { schema, config: { reads: byLength } }, async (request) => {
    const { userId, sessionId } = principalOf(request)
    const page = pageRequest(sessionList, request.query)
    const rows = await listSessions(pool, userId, page)
    const toItem = (row: SessionRow) => ({
      id: row.id,
      startedAt: row.startedAt,
      expiresAt: row.expiresAt,
      current: row.id === sessionId,
    })
    return toPage(sessionList, page, rows, (row) => row.position, toItem)
  })
}

function logoutRoutes(app: App, deps: LogInDeps): void {
  const response = { 204: z.null().meta({ description: 'The session was ended' }) }
  const config = {
    problems: ['not_found', 'version_conflict', 'unknown_event'],
    headers: ['Epistle-Position'],
  } as const
  const tags = ['sessions']

  async function end(request: FastifyRequest, reply: FastifyReply, sessionId: string) {
    const { userId, sessionId: current } = principalOf(request)
    position(reply, await logOut(deps, { sessionId, userId, metadata: metadata(request) }))
    if (sessionId === current) clearSessionCookie(request, reply)
    reply.code(204)
    return null
  }

  app.delete(
    '/sessions/current',
    {
      schema: { operationId: 'logOut', tags, summary: 'Log out', response },
      config,
      // Scripts cannot delete the cookie of a session that has ended already.
      onSend: (request, reply, _payload, done) => {
        if (reply.statusCode === 401) clearSessionCookie(request, reply)
        done()
      },
    },
    (request, reply) => end(request, reply, principalOf(request).sessionId),
  )
  const summary = 'End one of your sessions'
  app.delete(
    '/sessions/:id',
    { schema: { operationId: 'endSession', tags, summary, params: idParams, response }, config },
    (request, reply) => end(request, reply, request.params.id),
  )
}
