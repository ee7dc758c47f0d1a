/**
 * The HTTP server before any route: how requests are numbered, read, checked and answered.
 *
 * Promises that what reaches a handler has the shape of the route's zod schemas, that answers leave
 * in the shape of theirs, and that every failure is a problem. Knows no feature.
 */

import Fastify, { type FastifyBaseLogger } from 'fastify'
import { collectMethods } from './allowed-methods.ts'
import type { App } from './app.ts'
import { readBodies } from './body.ts'
import { endConnections } from './graceful-close.ts'
import { sendHeaders } from './headers.ts'
import { AccessLog } from './logging.ts'
import { requestId } from './metadata.ts'
import { answerBadUrl, answerClientError, answerProblems } from './problems/error-handler.ts'
import { checkQueries, refuseUnnamedParameters } from './query-string.ts'
import { serializerCompiler, validatorCompiler } from './schema-compilers.ts'

export interface ServerOptions {
  readonly log: FastifyBaseLogger
  /** Origins whose scripts may call; `*` is any, none switches CORS off. */
  readonly corsOrigins: readonly string[]
  /** Addresses and networks whose `X-Forwarded-For` is believed; nobody's where it is empty. */
  readonly trustProxy?: readonly string[]
}

/** Time for a whole request to arrive; a mebibyte needs 35 kB a second. */
const requestTimeout = 30_000
/** How often Node looks for requests that took longer; its own 30 s would double the time. */
const connectionsCheckingInterval = 2_000

/** A server without routes that answers everything with a problem. */
export async function createServer({
  log,
  corsOrigins,
  trustProxy = [],
}: ServerOptions): Promise<App> {
  const app: App = Fastify({
    loggerInstance: log,
    logController: new AccessLog(),
    genReqId: requestId,
    frameworkErrors: answerBadUrl,
    clientErrorHandler: answerClientError,
    requestTimeout,
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    // The absence of a Host is answered by us, as a problem.
    http: { requireHostHeader: false, connectionsCheckingInterval },
    // A request that is on its way when the server stops is served, not refused.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Too long for an id is malformed (422), not unknown (404): no longer than a header can be.
    routerOptions: { maxParamLength: 16_384 },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('problem', undefined)
  const allowed = collectMethods(app)
  await sendHeaders(app, corsOrigins)
  answerProblems(app, allowed)
  checkQueries(app)
  refuseUnnamedParameters(app)
  readBodies(app)
  endConnections(app)
  // An expectation nobody knows may be ignored (RFC 9110, 10.1.1); Node would answer 417, bare.
  app.server.on('checkExpectation', app.routing)
  return app
}
