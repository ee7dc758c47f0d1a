/**
 * Headers that every answer carries, and leave for browsers of other origins where configured.
 *
 * Constants, after the OWASP REST cheat sheet: nothing of an answer may be stored, framed, sniffed or
 * run. Pages meant for a browser (`/docs`, `/problems`) loosen them for themselves.
 */

import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import type { FastifyReply } from 'fastify'
import type { App } from './app.ts'

const constant = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  // Two years, what browsers' own lists ask for; ignored by them where the answer came without TLS.
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
} as const

/** What a script of another origin may read of an answer. */
const exposed = [
  'Location',
  'ETag',
  'Epistle-Position',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
]

const accepted = [
  'Authorization',
  'Content-Type',
  'If-Match',
  'Idempotency-Key',
  'Last-Event-ID',
  'X-Request-Id',
]

/** Puts the headers on an answer; also called where no hook runs. */
export function setHeaders(reply: FastifyReply): void {
  reply.headers(constant).header('X-Request-Id', reply.request.id)
}

/** The headers of an answer to bytes that are no request, and so have no id yet. */
export function headersWithoutRequest(): Readonly<Record<string, string>> {
  return { ...constant, 'X-Request-Id': randomUUID() }
}

/** Sends the headers with every answer, and answers preflights of these origins (`*`: all). */
export async function sendHeaders(app: App, corsOrigins: readonly string[]): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    setHeaders(reply)
    done()
  })
  if (corsOrigins.length === 0) return
  app.addHook('onRoute', (route) => {
    // The plugin's own route for preflights, which come without credentials.
    if (route.url === '*') route.config = { ...route.config, open: true }
  })
  // Awaited, so that its hook runs before those added next: preflights before authentication.
  await app.register(cors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: accepted,
    exposedHeaders: exposed,
    // Ten minutes: as long as any browser keeps the answer to a preflight by default, or longer.
    maxAge: 600,
    strictPreflight: false,
  })
}
