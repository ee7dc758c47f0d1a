/**
 * Headers of every response, and CORS for the configured origins.
 *
 * The constants follow the OWASP REST cheat sheet: a response must not be stored, framed, sniffed or
 * executed. HTML pages (`/`, `/docs`, `/problems`) set a policy of their own.
 */

import { randomUUID } from 'node:crypto'
import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'

const constant = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  // Two years, as the browsers' preload list requires. Browsers ignore it without TLS.
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
} as const

/** The response headers that a script of another origin may read. */
const exposed = [
  'Location',
  'ETag',
  'Epistle-Position',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'WWW-Authenticate',
  'Allow',
  'X-Request-Id',
]

/**
 * The request headers of the API. A script may send any other one too: libraries for tracing add their own, and
 * no header gives rights, because a browser never adds a token by itself.
 */
const accepted = [
  'Authorization',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Idempotency-Key',
  'Epistle-Position',
  'Last-Event-ID',
  'X-Request-Id',
  'traceparent',
  'tracestate',
  'baggage',
]

/** The headers of a response to bytes that are not a request, for which no hook runs. */
export function headersWithoutRequest(
  corsOrigins: readonly string[],
  origin: string | undefined,
): Readonly<Record<string, string>> {
  const any = corsOrigins.includes('*')
  const allowed = any ? '*' : corsOrigins.find((configured) => configured === origin)
  return {
    ...constant,
    'X-Request-Id': randomUUID(),
    ...(corsOrigins.length > 0 && { Vary: 'Origin' }),
    ...(allowed && {
      'Access-Control-Allow-Origin': allowed,
      'Access-Control-Expose-Headers': exposed.join(', '),
      ...(!any && { 'Access-Control-Allow-Credentials': 'true' }),
    }),
  }
}

/**
 * Sets the headers on every response and enables CORS for these origins (`*`: all). Only an origin that is named
 * may send the session cookie. Browsers send it to the same site alone, such as from app.example to api.app.example.
 */
export async function sendHeaders(app: App, corsOrigins: readonly string[]): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(constant).header('X-Request-Id', reply.request.id)
    done()
  })
  if (corsOrigins.length === 0) return
  const options: FastifyCorsOptions = {
    credentials: !corsOrigins.includes('*'),
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: exposed,
    // Ten minutes: at least as long as any browser caches a preflight by default.
    maxAge: 600,
    preflight: false,
  }
  const preflight = ({ headers }: FastifyRequest): FastifyCorsOptions => ({
    ...options,
    preflight: true,
    allowedHeaders: [...accepted, headers['access-control-request-headers'] ?? []].flat(),
  })
  // Awaited so that its hook comes first: preflights need no authentication.
  await app.register(cors, {
    delegator: (request, done) => done(null, isPreflight(request) ? preflight(request) : options),
  })
}

/** Whether a browser asks for permission. Every other OPTIONS request gets the methods of its path. */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  const { origin, 'access-control-request-method': requested } = headers
  return method === 'OPTIONS' && origin !== undefined && requested !== undefined
}
