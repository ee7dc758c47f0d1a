/**
 * Who calls: `Authorization: Bearer <token>` (RFC 6750) becomes the request's principal.
 *
 * Every route needs it unless its config says `open`, and it comes before the body is read and
 * anything is validated. Only the SHA-256 of a token is ever looked up. How sessions are kept is the
 * session feature's; it arrives as `findSession`.
 */

import type { FastifyRequest } from 'fastify'
import { hashToken } from '../tokens.ts'
import type { App } from './app.ts'
import { Problem } from './problems/problem.ts'

/** The caller: a user in one of his sessions. */
export interface Principal {
  readonly sessionId: string
  readonly userId: string
}

/** Finds the live session with this SHA-256 of its token. */
export type FindSession = (
  tokenHash: string,
) => Promise<(Principal & { readonly expiresAt: Date }) | undefined>

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on open routes; routes that need a caller ask `principalOf`. */
    principal: Principal | undefined
  }
  interface FastifyContextConfig {
    /** The route may be called by anybody. */
    open?: boolean
  }
}

/** The scheme in any case, then 32 bytes in base64url, whose last character carries four bits. */
const bearer = /^[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/

/** Makes every route that is not open ask for a live session. */
export function authenticate(app: App, findSession: FindSession): void {
  app.decorateRequest('principal', undefined)
  app.addHook('onRequest', async (request) => {
    if (request.is404 || request.routeOptions.config.open) return
    const header = request.headers.authorization
    if (header === undefined) throw unauthenticated('The Authorization header is missing.')
    const token = bearer.exec(header)?.[1]
    const session = token && (await findSession(hashToken(token)))
    if (!session || session.expiresAt.getTime() <= Date.now()) {
      throw unauthenticated('The token is not that of a live session.', 'invalid_token')
    }
    request.principal = { sessionId: session.sessionId, userId: session.userId }
  })
}

/** The caller of a route that needs one. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error(`${request.routeOptions.url} is open, and has no caller`)
  return request.principal
}

function unauthenticated(detail: string, error?: string): Problem {
  const challenge = error ? `Bearer error="${error}"` : 'Bearer'
  return new Problem('unauthenticated', { detail, headers: { 'WWW-Authenticate': challenge } })
}
