/**
 * Authentication: `Authorization: Bearer <token>` (RFC 6750), or the session cookie, becomes the request's
 * principal.
 *
 * Every route requires one of them unless its config sets `open`. The check runs before the body is read and
 * before validation. Only the SHA-256 of a token is looked up. Session storage belongs to the
 * sessions feature, which passes in how to find one. `session-cookie.ts` decides which requests may use the cookie.
 *
 * Every append of a command expects that its session has not ended (`metadata.ts`), and the first statement of a
 * response that is read from one snapshot checks it, too. So a request of a session that was looked up within the last
 * ten seconds skips the look-up. Any response without that append or statement does the look-up first. So after the end
 * of a session no server records its commands or shows it anything, and every response is 401.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { RejectedError } from '../event-store/errors.ts'
import type { KeyExpectation } from '../event-store/event.ts'
import type { StatementCheck } from '../postgres/snapshot.ts'
import { hashToken } from '../tokens.ts'
import type { App } from './app.ts'
import type { FindSession, Principal } from './principal.ts'
import { Problem } from './problems/problem.ts'
import { challenge } from './problems/required-headers.ts'
import { RecentSessions } from './recent-sessions.ts'
import { sessionCookieOf, trustOrigins } from './session-cookie.ts'

export interface Sessions {
  readonly find: FindSession
  /** The read table that an append asks whether a session has ended or expired. */
  readonly readTable: string
  /** The condition, in SQL, that the session with the id in this parameter is active. */
  readonly isActive: (parameter: string) => string
  /** Origins whose pages may use the session cookie, besides the server's own; `*` names none. */
  readonly corsOrigins?: readonly string[]
}

/** How an append or a statement checks the session of a request, and what is left to check without one. */
interface SessionCheck extends KeyExpectation, StatementCheck {
  /** The look-up that the request skipped; undefined when it was done. Throws `unauthenticated`. */
  skipped: (() => Promise<unknown>) | undefined
  /** Whether an append or a statement has found the session active. */
  isConfirmed: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on open routes. Routes that need the caller use `principalOf`. */
    principal: Principal | undefined
    /** Undefined on open routes. */
    sessionCheck: SessionCheck | undefined
  }
  interface FastifyContextConfig {
    /** The route needs no session. */
    open?: boolean
  }
}

const sendToken = 'Send `Authorization: Bearer <token>` with the token of a login.'

/** The scheme, in any case. Other schemes count as no token at all (RFC 6750, 3.1). */
const bearerScheme = /^bearer(?: +|$)/i
/** 32 bytes in base64url; the last character carries four bits. */
const tokenForm = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/**
 * Requires an active session on every route that is not open. Returns a function that forgets recent sessions, by
 * the ids of sessions or users, for appends that can have ended them.
 */
export function authenticate(app: App, sessions: Sessions): RecentSessions['forget'] {
  const { find, corsOrigins = [] } = sessions
  const recent = new RecentSessions(find)
  trustOrigins(app, corsOrigins)
  app.decorateRequest('principal', undefined)
  app.decorateRequest('sessionCheck', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404 || request.routeOptions.config.open) return done()
    const tokenHash = hashToken(tokenOf(request))
    const lookUp = async () => {
      const session = await recent.lookUp(tokenHash)
      if (!session) throw sessionEnded(request)
      return session
    }
    const known = isCheckedLater(request) ? recent.get(tokenHash) : undefined
    const admit = ({ sessionId, userId }: Principal) => {
      request.principal = { sessionId, userId }
      request.sessionCheck = checkOf(sessions, sessionId, known && lookUp)
      done()
    }
    if (known) admit(known)
    else lookUp().then(admit, done)
  })
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (!request.sessionCheck?.skipped || request.sessionCheck.isConfirmed) return done()
    lookUpSkipped(request).then(
      () => done(),
      (error) => done(withoutResult(reply, error)),
    )
  })
  return (ids) => recent.forget(ids)
}

/** Whether the append of a command, or a statement of a response that has a position, can check the session. */
function isCheckedLater({ method, routeOptions }: FastifyRequest): boolean {
  return (method !== 'GET' && method !== 'HEAD') || routeOptions.config.position !== false
}

/**
 * The token of a request. Throws `unauthenticated`; `ambiguous_credentials` for a second token, so that a page
 * never acts as another user than it meant; and `cross_site_request` if the cookie may not be used.
 */
function tokenOf(request: FastifyRequest): string {
  const bearer = bearerOf(request)
  const cookie = sessionCookieOf(request)
  if (bearer !== undefined && cookie !== undefined) throw twoTokens()
  if (cookie !== undefined) request.requireTrustedOrigin()
  const token = bearer ?? cookie
  if (token === undefined || !tokenForm.test(token)) throw unauthenticated(request, sendToken)
  return token
}

function twoTokens(): Problem {
  const message = 'cannot be combined with the session cookie'
  const fault = { code: 'conflicting', params: { with: 'Cookie' }, message } as const
  return new Problem('ambiguous_credentials', {
    errors: [{ parameter: 'Authorization', ...fault }],
  })
}

/** What follows the scheme `Bearer`; undefined without it. */
function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  const scheme = authorization === undefined ? null : bearerScheme.exec(authorization)
  return scheme ? authorization?.slice(scheme[0].length) : undefined
}

function checkOf(
  { readTable, isActive }: Sessions,
  key: string,
  skipped: SessionCheck['skipped'],
): SessionCheck {
  const check: SessionCheck = {
    readTable,
    isActive,
    key,
    skipped,
    isConfirmed: false,
    confirm: () => {
      check.isConfirmed = true
    },
  }
  return check
}

/** Does the look-up that the request skipped, if it is still to be done. Throws `unauthenticated`. */
async function lookUpSkipped({ sessionCheck }: FastifyRequest): Promise<void> {
  const lookUp = sessionCheck?.skipped
  if (!sessionCheck || !lookUp) return
  sessionCheck.skipped = undefined
  await lookUp()
}

/** Removes the headers that belong to the result of a command, which is not sent. */
function withoutResult(reply: FastifyReply, error: Error): Error {
  for (const name of ['ETag', 'Location', 'Epistle-Position']) reply.removeHeader(name)
  return error
}

/**
 * The error to respond with: if the session of the request has ended, that error, whatever else failed.
 */
export async function sessionEndFirst(request: FastifyRequest, error: unknown): Promise<unknown> {
  // The look-up also forgets the session, so that the next request of it is rejected without an append.
  const first = await lookUpSkipped(request).then(
    () => error,
    (ended: unknown) => ended,
  )
  return error instanceof RejectedError && error.code === 'unauthenticated'
    ? sessionEnded(request)
    : first
}

/** The caller of a route that requires a session. Throws on an open route. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal)
    throw new Error(`${request.routeOptions.url} is an open route and has no principal`)
  return request.principal
}

/** The problem of a request whose session has ended. */
export function sessionEnded(request: FastifyRequest): Problem {
  return unauthenticated(request, 'Your session has ended. Log in again.')
}

function unauthenticated(request: FastifyRequest, detail: string): Problem {
  const error = bearerOf(request) === undefined ? undefined : 'invalid_token'
  return new Problem('unauthenticated', {
    detail,
    headers: { 'WWW-Authenticate': challenge(error) },
  })
}
