/**
 * Cookie mode: the token of a session in a cookie that scripts cannot read.
 *
 * The prefix `__Host-` makes the browser refuse a cookie of this name from another host, such as a subdomain, and
 * `SameSite=Strict` keeps it out of requests that another site starts. A sibling such as `www.example.com` is the
 * same site as `chat.example.com`, so `requireTrustedOrigin` also checks where each request comes from. Which
 * requests need a session is in `authentication.ts`.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { Problem } from './problems/problem.ts'

/** The name of the cookie, as the OpenAPI document declares it. */
export const sessionCookie = '__Host-epistle'

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'
/** Seconds. Browsers keep no cookie longer than 400 days; the server alone decides when a session ends. */
const maxAge = 400 * 24 * 60 * 60

declare module 'fastify' {
  interface FastifyRequest {
    /** Throws `cross_site_request` unless the request comes from a page that may use the cookie. */
    requireTrustedOrigin(): void
  }
}

/**
 * Adds `request.requireTrustedOrigin`. Besides the server's own pages, those of the origins in `corsOrigins` may
 * use the cookie, unless `*` is among them: an origin that is not named is not trusted.
 */
export function trustOrigins(app: App, corsOrigins: readonly string[]): void {
  const named = new Set(corsOrigins.includes('*') ? [] : corsOrigins)
  app.decorateRequest('requireTrustedOrigin', function requireTrustedOrigin(this: FastifyRequest) {
    if (!isTrusted(this, named)) throw new Problem('cross_site_request')
  })
}

/**
 * Browsers send `Sec-Fetch-Site` (W3C Fetch Metadata) with each request, and `Origin` with each that is not GET or
 * HEAD; no script can set either. Browsers from before 2023 send `Origin` alone. A request that a user starts, by
 * the address bar or a bookmark (`none`), may only read.
 */
function isTrusted({ headers, method, host }: FastifyRequest, named: ReadonlySet<string>): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (site === 'same-origin') return true
  if (origin !== undefined && named.has(origin)) return true
  if (origin !== undefined) return site === undefined && isOwn(origin, host)
  const isReading = method === 'GET' || method === 'HEAD'
  return isReading && (site === undefined || site === 'none')
}

/** Whether an origin is that of the server at `host`. Only a loopback address keeps the cookie without TLS. */
function isOwn(origin: string, host: string): boolean {
  return origin === `https://${host}` || (loopback.test(host) && origin === `http://${host}`)
}

const loopback = /^(?:(?:[\w-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i

/**
 * Spaces and tabs alone. A browser lets any page of a subdomain, or without TLS, store a cookie whose name begins with
 * a no-break space, which `trim` would remove: it would then have the prefix that the browser has not checked. At the
 * start alone: a pattern that also matches before a `;` takes a second for a header full of spaces.
 */
const blanks = /^[ \t]+/

/**
 * The value of the session cookie; undefined without one. Throws `ambiguous_credentials` for a second one: no
 * browser stores two, so something has added one to the request.
 */
export function sessionCookieOf({ headers: { cookie } }: FastifyRequest): string | undefined {
  if (!cookie?.includes(sessionCookie)) return undefined
  const pairs = cookie.split(';').filter((pair) => pair.includes(sessionCookie))
  const [found, second] = pairs
    .map((pair) => pair.replace(blanks, ''))
    .filter((pair) => pair.startsWith(`${sessionCookie}=`))
  if (second !== undefined) {
    const message = 'contains more than one session cookie'
    throw new Problem('ambiguous_credentials', {
      errors: [{ parameter: 'Cookie', code: 'repeated', message }],
    })
  }
  return found?.slice(sessionCookie.length + 1)
}

/** Hands a new token to the client: in the cookie alone, or in the body that the result is part of. */
export function handOver(reply: FastifyReply, token: string, asCookie = false): { token?: string } {
  if (!asCookie) return { token }
  reply.header('Set-Cookie', `${sessionCookie}=${token}; Max-Age=${maxAge}; ${attributes}`)
  return {}
}

/** Makes the browser delete the cookie, if the request has it. */
export function clearSessionCookie({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (!headers.cookie?.includes(sessionCookie)) return
  reply.header('Set-Cookie', `${sessionCookie}=; Max-Age=0; ${attributes}`)
}
