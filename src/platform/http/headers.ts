/**
 * Headers of every response, and CORS for the configured origins.
 *
 * The constants follow the OWASP REST cheat sheet: a response must not be stored, framed, sniffed or
 * executed. HTML pages (`/`, `/docs`, `/problems`) set a policy of their own.
 */

import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import type { FastifyReply } from 'fastify'
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
  'X-Request-Id',
]

/** The request headers that a script of another origin may send. */
const accepted = [
  'Authorization',
  'Content-Type',
  'If-Match',
  'Idempotency-Key',
  'Last-Event-ID',
  'X-Request-Id',
]

/** Sets the headers of a response. Call it directly where no hook runs. */
export function setHeaders(reply: FastifyReply): void {
  reply.headers(constant).header('X-Request-Id', reply.request.id)
}

/** The headers of a response to bytes that are not a request and have no request id. */
export function headersWithoutRequest(): Readonly<Record<string, string>> {
  return { ...constant, 'X-Request-Id': randomUUID() }
}

/** Sets the headers on every response and enables CORS for these origins (`*`: all). */
export async function sendHeaders(app: App, corsOrigins: readonly string[]): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    setHeaders(reply)
    done()
  })
  if (corsOrigins.length === 0) return
  app.addHook('onRoute', (route) => {
    // The plugin's route for preflights, which carry no credentials.
    if (route.url === '*') route.config = { ...route.config, open: true }
  })
  // Awaited so that its hook comes first: preflights need no authentication.
  await app.register(cors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: accepted,
    exposedHeaders: exposed,
    // Ten minutes: at least as long as any browser caches a preflight by default.
    maxAge: 600,
    strictPreflight: false,
  })
}
