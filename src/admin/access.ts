/**
 * Access to the admin port: requests need its token, if one is configured, and pages of other sites are refused.
 *
 * A browser on the operator's machine reaches a loopback address, so any page that it shows could try to. Three checks
 * keep it out, with and without a token. Without one, the request must name the server by an address or as `localhost`,
 * so a host name that resolves to this machine is of no use. `Sec-Fetch-Site` and `Origin`, which no script can set,
 * must be those of the port's own pages. And no response permits another origin (CORS), so a request with a header of
 * its own, such as `Authorization` or `Epistle-Actor`, or with JSON, is not even sent.
 *
 * A proxy on this machine also reaches a loopback address, for everyone who reaches the proxy. Without a token, a
 * request with a header that proxies add is refused. A proxy can leave all of them out, so the documents require a token
 * behind any proxy.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { App } from '../platform/http/app.ts'
import { Problem } from '../platform/http/problems/problem.ts'

/** Monitoring calls these by any name, and without a token. */
export const healthChecks: ReadonlySet<string> = new Set(['/livez', '/readyz'])

/** Headers that proxies add to a request. */
const addedByProxies = [
  ...['forwarded', 'via', 'x-real-ip'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
]

/** Checks each request. `tokenHash` is the SHA-256 of the token in hexadecimal; undefined where there is none. */
export function restrictAccess(app: App, tokenHash: string | undefined): void {
  const requireRight = tokenHash === undefined ? requireLocalRequest : requireToken(tokenHash)
  app.addHook('onRequest', (request, _reply, done) => {
    const { url = '', config } = request.routeOptions
    if (healthChecks.has(url) || config.ownTokens) return done()
    if (tokenHash === undefined || !config.withoutToken) requireRight(request)
    if (!config.withoutToken) refuseOtherSites(request)
    done()
  })
}

const noToken = 'Send `Authorization: Bearer <token>` with the token of ADMIN_TOKEN_SHA256.'
/** Also where the hash itself was sent. */
const wrongToken =
  'The token is wrong. ADMIN_TOKEN_SHA256 has its SHA-256 in hexadecimal; send the token itself.'

/** Rejects requests without the token. The comparison takes the same time for every token. */
function requireToken(tokenHash: string): (request: FastifyRequest) => void {
  const expected = Buffer.from(tokenHash, 'hex')
  return ({ headers: { authorization = '' } }) => {
    const token = /^bearer +(.*)$/i.exec(authorization)?.[1]
    const hash = createHash('sha256')
      .update(token ?? '')
      .digest()
    if (timingSafeEqual(hash, expected)) return
    throw new Problem('unauthenticated', {
      detail: token === undefined ? noToken : wrongToken,
      headers: { 'WWW-Authenticate': 'Bearer realm="epistle-admin"' },
    })
  }
}

function requireLocalRequest({ hostname, headers }: FastifyRequest): void {
  const added = addedByProxies.find((name) => headers[name] !== undefined)
  if (added !== undefined) {
    throw new Problem('not_found', {
      detail: `The request has the header ${added}. Set ADMIN_TOKEN_SHA256 to use this port behind a proxy.`,
    })
  }
  if (hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) > 0) return
  throw new Problem('not_found', {
    detail: 'Without ADMIN_TOKEN_SHA256, use an IP address or localhost in the URL.',
  })
}

/** A page of another port of the same host is another site, too, although browsers call it `same-site`. */
function refuseOtherSites({ headers, host }: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site = 'none' } = headers
  const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`
  if (isOwn && (site === 'none' || site === 'same-origin')) return
  throw new Problem('cross_site_request', {
    detail: 'Only the pages of the admin port may call it from a browser.',
  })
}
