/**
 * Authentication: `Authorization: Bearer <token>` (RFC 6750) becomes the request's principal.
 *
 * Every route requires it unless its config sets `open`. The check runs before the body is read and
 * before validation. Only the SHA-256 of a token is looked up. Session storage belongs to the
 * sessions feature, which passes in `findSession`.
 */

import type { FastifyRequest } from 'fastify'
import { hashToken } from '../tokens.ts'
import type { App } from './app.ts'
import { Problem } from './problems/problem.ts'
import { challenge } from './problems/required-headers.ts'

/** The caller: a user in one of their sessions. */
export interface Principal {
  readonly sessionId: string
  readonly userId: string
}

/** Finds the active session whose token has this SHA-256. */
export type FindSession = (
  tokenHash: string,
) => Promise<(Principal & { readonly expiresAt: Date }) | undefined>

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on open routes. Routes that need the caller use `principalOf`. */
    principal: Principal | undefined
  }
  interface FastifyContextConfig {
    /** The route needs no session. */
    open?: boolean
  }
}

const sendToken = 'Send `Authorization: Bearer <token>` with the token of a login.'

/** The scheme in any case, then 32 bytes in base64url; the last character carries four bits. */
const bearer = /^[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/
/** Other schemes count as no token at all (RFC 6750, 3.1). */
const bearerScheme = /^bearer(?: |$)/i

/** Requires an active session on every route that is not open. */
export function authenticate(app: App, findSession: FindSession): void {
  app.decorateRequest('principal', undefined)
  app.addHook('onRequest', async (request) => {
    if (request.is404 || request.routeOptions.config.open) return
    const header = request.headers.authorization
    if (header === undefined || !bearerScheme.test(header)) throw unauthenticated(sendToken)
    const token = bearer.exec(header)?.[1]
    if (token === undefined) throw unauthenticated(sendToken, 'invalid_token')
    const session = await findSession(hashToken(token))
    if (!session || session.expiresAt.getTime() <= Date.now()) {
      throw unauthenticated('Your session has ended. Log in again.', 'invalid_token')
    }
    request.principal = { sessionId: session.sessionId, userId: session.userId }
  })
}

/** The caller of a route that requires a session. Throws on an open route. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal)
    throw new Error(`${request.routeOptions.url} is an open route and has no principal`)
  return request.principal
}

function unauthenticated(detail: string, error?: 'invalid_token'): Problem {
  return new Problem('unauthenticated', {
    detail,
    headers: { 'WWW-Authenticate': challenge(error) },
  })
}
