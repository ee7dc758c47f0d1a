/**
 * The admin port of a server or worker, for operators and their monitoring: health checks, metrics, its own OpenAPI
 * document and the routes of its API (`api.ts`).
 *
 * It is a server of its own, so a public port that is full or out of connections does not keep operators out. The
 * health checks and the document are open, and the feed has tokens of its own. `access.ts` restricts all else.
 */

import type { Logger } from 'pino'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import type { App } from '../platform/http/app.ts'
import { type HealthDeps, healthRoutes, requireLeases } from '../platform/http/health.ts'
import { measureRequests } from '../platform/http/measure-requests.ts'
import { docsPage } from '../platform/http/openapi/docs.ts'
import { describeOperations, problemCodesOf } from '../platform/http/openapi/openapi.ts'
import { problemPages } from '../platform/http/problems/problem-pages.ts'
import { createServer } from '../platform/http/server.ts'
import { measured } from '../platform/metrics/measurements.ts'
import type { Metrics } from '../platform/metrics/metrics.ts'
import { restrictAccess } from './access.ts'
import { adminApi } from './document.ts'
import { adminProblems } from './problems.ts'

export interface AdminDeps extends HealthDeps {
  readonly log: Logger
  /** The SHA-256 of the token in hexadecimal; undefined permits all requests. */
  readonly tokenHash: string | undefined
  readonly metrics: Metrics
  /** Adds the routes of the API. */
  readonly addRoutes: (app: App) => void
}

/**
 * One client may have a quarter, and behind a proxy all operators, probes and systems are one client. The 32 streams of
 * the feed and the 16 of jobs leave it 16 connections for health checks, metrics and other requests.
 */
const maxConnections = 256

const metricsSchema = {
  operationId: 'readMetrics',
  tags: ['service'],
  summary: 'Read the metrics of this process',
  description: 'The text format of Prometheus, 0.0.4.',
  response: {
    200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
  },
}

/** Assembles the admin server, ready to listen or to receive injected requests. */
export async function buildAdmin(deps: AdminDeps): Promise<App> {
  const { log, tokenHash, metrics, addRoutes } = deps
  const app = await createServer({
    ...{ log, corsOrigins: [], maxConnections },
    problemWords: adminProblems,
  })
  measureRequests(app, measured.adminRequest)
  await describeOperations(app, { ...adminApi, version: manifest.version })
  restrictAccess(app, tokenHash)
  requireLeases(app, deps.mayRead)
  healthRoutes(app, deps)
  // Metrics read no read table, so they are there without leases.
  const config = { open: true, quiet: true } as const
  app.get('/metrics', { schema: metricsSchema, config }, async (_request, reply) => {
    reply.type(metrics.contentType)
    return metrics.read()
  })
  problemPages(app, () => problemCodesOf(app))
  addRoutes(app)
  docsPage(app, adminApi.title)
  await app.ready()
  return app
}
