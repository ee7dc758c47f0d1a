/**
 * The admin port of a server or worker, for operators and their monitoring: health checks, metrics and, where it
 * has them, further routes.
 *
 * It is a server of its own, so a public port that is full or out of connections does not keep operators out. The
 * health checks are open, and the feed has tokens of its own. All else needs the token, if one is configured. Without one, only a loopback address is
 * permitted (`config.ts`), and requests must name the server by an address or as `localhost`: a web page that
 * lets its own host name resolve to this machine cannot read anything.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { App } from '../platform/http/app.ts'
import { type HealthDeps, healthRoutes, requireLeases } from '../platform/http/health.ts'
import { Problem } from '../platform/http/problems/problem.ts'
import { createServer } from '../platform/http/server.ts'
import type { Metrics } from '../platform/metrics/metrics.ts'

export interface AdminDeps extends HealthDeps {
  readonly log: Logger
  /** The SHA-256 of the token in hexadecimal; undefined permits all requests. */
  readonly tokenHash: string | undefined
  readonly metrics: Metrics
  /** Adds the routes that only this kind of process has. */
  readonly addRoutes?: (app: App) => void
}

/** Prometheus, a few operators and probes. One client may have a quarter. */
const maxConnections = 100

const healthChecks: ReadonlySet<string> = new Set(['/livez', '/readyz'])

/** Assembles the admin server, ready to listen or to receive injected requests. */
export async function buildAdmin(deps: AdminDeps): Promise<App> {
  const { log, tokenHash, metrics, addRoutes } = deps
  const app = await createServer({ log, corsOrigins: [], maxConnections })
  const check = tokenHash === undefined ? requireLocalName : requireToken(tokenHash)
  app.addHook('onRequest', (request, _reply, done) => {
    const { url, config } = request.routeOptions
    if (!healthChecks.has(url ?? '') && !config.ownTokens) check(request)
    done()
  })
  requireLeases(app, deps.mayRead)
  healthRoutes(app, deps)
  app.get('/metrics', { config: { open: true, quiet: true } }, async (_request, reply) => {
    reply.type(metrics.contentType)
    return metrics.read()
  })
  addRoutes?.(app)
  await app.ready()
  return app
}

/** Rejects requests without the token. The comparison takes the same time for every token. */
function requireToken(tokenHash: string): (request: FastifyRequest) => void {
  const expected = Buffer.from(tokenHash, 'hex')
  return ({ headers: { authorization = '' } }) => {
    const token = /^bearer +(.*)$/i.exec(authorization)?.[1] ?? ''
    if (timingSafeEqual(createHash('sha256').update(token).digest(), expected)) return
    throw new Problem('unauthenticated', {
      detail: 'Send `Authorization: Bearer <token>` with the token of ADMIN_TOKEN_SHA256.',
      headers: { 'WWW-Authenticate': 'Bearer realm="epistle-admin"' },
    })
  }
}

function requireLocalName({ hostname }: FastifyRequest): void {
  if (hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) > 0) return
  throw new Problem('not_found', {
    detail: 'Without ADMIN_TOKEN_SHA256, use an IP address or localhost in the URL.',
  })
}
