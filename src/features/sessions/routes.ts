/**
 * `/sessions` over HTTP: listing and labelling your sessions, logging out. Only the shapes of requests and responses
 * are here. Logging in is in `login-route.ts`.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
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
import { Problem } from '../../platform/http/problems/problem.ts'
import { position } from '../../platform/http/replies.ts'
import { clearSessionCookie } from '../../platform/http/session-cookie.ts'
import { idParams } from '../../platform/http/strings.ts'
import { endOtherSessions } from './end-other-sessions.ts'
import { labelSession } from './label-session.ts'
import type { LogInDeps } from './log-in.ts'
import { logOut } from './log-out.ts'
import { loginRoute, type SessionDeps } from './login-route.ts'
import { findOwnSession, listSessions, type SessionRow } from './queries.ts'
import { sessionLabel, sessionShape, toSession } from './schemas.ts'

/** Everything below `/sessions`. */
export function sessionRoutes(app: App, deps: SessionDeps): void {
  loginRoute(app, deps)
  listRoute(app, deps)
  labelRoute(app, deps)
  logoutRoutes(app, deps)
  endOthersRoute(app, deps)
}

/** Newest first, ordered by the position of the session's start. */
const sessionList: PagedList<string> = { kind: 'sessions', key: positionKey, order: 'desc' }

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
    const toItem = (row: SessionRow) => toSession(row, sessionId)
    return toPage(sessionList, page, rows, (row) => row.position, toItem)
  })
}

function labelRoute(app: App, deps: LogInDeps): void {
  const schema = {
    operationId: 'labelSession',
    tags: ['sessions'],
    summary: 'Label one of your sessions',
    description:
      'Null removes the label. `Epistle-Position` is absent if the session had this label already.',
    params: idParams,
    body: z.strictObject({ label: sessionLabel.nullable() }),
    response: { 200: sessionShape },
  }
  const problems = ['not_found', 'version_conflict', 'unknown_event'] as const
  const config = { limit: 'sending', problems, optionalHeaders: ['Epistle-Position'] } as const
  app.patch('/sessions/:id', { schema, config }, async (request, reply) => {
    const { userId, sessionId: current } = principalOf(request)
    const { id: sessionId } = request.params
    const { label } = request.body
    const own = { sessionId, userId, metadata: metadata(request) }
    const labelled = await labelSession(deps, { ...own, label })
    if (labelled) position(reply, labelled)
    const row = await findOwnSession(deps.pool, sessionId, userId)
    if (!row) throw new Problem('not_found')
    return toSession(row, current)
  })
}

function endOthersRoute(app: App, deps: LogInDeps): void {
  const schema = {
    operationId: 'endOtherSessions',
    tags: ['sessions'],
    summary: 'End all your other sessions',
    description:
      'The session of this request stays active. Live streams of the others end. `Epistle-Position` is ' +
      'absent if there was no other session.',
    response: { 204: z.null().meta({ description: 'All other sessions were ended' }) },
  }
  const config = {
    problems: ['version_conflict', 'unknown_event'],
    optionalHeaders: ['Epistle-Position'],
  } as const
  app.delete('/sessions', { schema, config }, async (request, reply) => {
    const own = { ...principalOf(request), metadata: metadata(request) }
    const ended = await endOtherSessions(deps, own)
    if (ended) position(reply, ended)
    reply.code(204)
    return null
  })
}

function logoutRoutes(app: App, deps: LogInDeps): void {
  const response = { 204: z.null().meta({ description: 'The session was ended' }) }
  const config = {
    problems: ['not_found', 'version_conflict', 'unknown_event'],
    headers: ['Epistle-Position'],
    optionalHeaders: ['Set-Cookie'],
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
