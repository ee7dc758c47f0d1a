/**
 * The HTTP server without routes: request ids, body parsing, validation, serialization, errors.
 *
 * It promises that a handler receives only requests that match the route's zod schemas, that responses
 * match theirs, and that every failure is a problem. It depends on no feature.
 */

import Fastify, { type FastifyBaseLogger } from 'fastify'
import { collectMethods } from './allowed-methods.ts'
import type { App } from './app.ts'
import { bodyLimit, readBodies } from './body.ts'
import { compressLists } from './compression.ts'
import { limitConnections } from './connections.ts'
import { evaluateConditions } from './conventions/etags.ts'
import { closeConnectionsOnStop } from './graceful-close.ts'
import { sendHeaders } from './headers.ts'
import { defaultHeldBytes, type HeldBytesLimits, limitHeldBytes } from './held-bytes.ts'
import { AccessLog } from './logging.ts'
import { rewriteTarget } from './message-syntax.ts'
import { requestId } from './metadata.ts'
import { type Problems, type ProblemWords, problemsIn } from './problems/catalogue.ts'
import { handleErrors } from './problems/error-handler.ts'
import { rejectTunnels, respondToUnreadable } from './problems/unreadable-requests.ts'
import { rejectUndeclaredParameters, rejectUndecodableQueries } from './query-string.ts'
import { serializerCompiler, validatorCompiler } from './schema-compilers.ts'
import { traceRequests } from './trace-requests.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The problems in the words of this server. */
    problems: Problems
  }
}

export interface ServerOptions {
  readonly log: FastifyBaseLogger
  /** Origins whose scripts may call the API; `*` allows all, an empty list disables CORS. */
  readonly corsOrigins: readonly string[]
  /** Addresses and networks of proxies whose `X-Forwarded-For` is trusted; none by default. */
  readonly trustProxy?: readonly string[]
  readonly timeouts?: Timeouts
  readonly maxConnections?: number
  readonly heldBytes?: HeldBytesLimits
  /** What its problems say, if not what the catalogue does. */
  readonly problemWords?: ProblemWords
}

/** How long a request may take to arrive and its response to be read, ms. */
export interface Timeouts {
  /** For the headers. Must be less than `request`: Node exchanges the two otherwise. */
  readonly headers: number
  /** For the whole request. */
  readonly request: number
  /** How often slow requests are looked for, which adds to both. */
  readonly check: number
  /** How long a client may read nothing of a response; see `connections.ts`. */
  readonly stall: number
}

/**
 * A request has 30 s in all; a body of 1 MiB needs 38 kB a second. Linux takes bytes in portions of up to a
 * megabyte, so a slow client on a fast network shows no progress for some time: a minute spares it.
 */
const defaultTimeouts: Timeouts = { headers: 10_000, request: 28_000, check: 2_000, stall: 60_000 }

const defaultMaxConnections = 10_000

/** Creates a server without routes; until some are added, every response is a problem. */
export async function createServer({
  log,
  corsOrigins,
  trustProxy = [],
  timeouts = defaultTimeouts,
  maxConnections = defaultMaxConnections,
  heldBytes = defaultHeldBytes,
  problemWords = {},
}: ServerOptions): Promise<App> {
  const app: App = Fastify({
    loggerInstance: log,
    logController: new AccessLog(),
    genReqId: requestId,
    rewriteUrl: rewriteTarget,
    clientErrorHandler: respondToUnreadable(corsOrigins),
    requestTimeout: timeouts.request,
    bodyLimit,
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    // A hook rejects a missing Host, with a problem.
    http: {
      requireHostHeader: false,
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: timeouts.check,
    },
    // A request that arrives while the server stops is served, not rejected.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // An id that is too long is invalid (422), not unknown (404). Headers end at 16 KiB, so do paths.
    routerOptions: { maxParamLength: 16_384 },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorate('problems', problemsIn(problemWords))
  app.decorateRequest('problem', undefined)
  traceRequests(app)
  limitHeldBytes(app, heldBytes)
  const allowed = collectMethods(app)
  await sendHeaders(app, corsOrigins)
  handleErrors(app, allowed)
  rejectUndecodableQueries(app)
  rejectUndeclaredParameters(app)
  evaluateConditions(app)
  compressLists(app)
  limitConnections(app, { max: maxConnections, stall: timeouts.stall, trustProxy })
  readBodies(app)
  rejectTunnels(app, corsOrigins)
  closeConnectionsOnStop(app)
  // Unknown expectations may be ignored (RFC 9110, 10.1.1). Node would send 417 without a body.
  app.server.on('checkExpectation', app.routing)
  return app
}
