/**
 * A span for each request, by OpenTelemetry's conventions for HTTP servers. It continues the trace of the request's
 * headers, and everything that the request does runs in it. Attributes have the template of the route, never the
 * path, which has ids.
 */

import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isTracing, tracer } from '../tracing.ts'
import type { App } from './app.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined without an SDK of OpenTelemetry. */
    span: Span | undefined
  }
}

/** The methods that OpenTelemetry's conventions name; any other is `_OTHER`. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']

/** Call it before any other hook is added. Without an SDK it adds none. */
export function traceRequests(app: App): void {
  app.decorateRequest('span', undefined)
  if (!isTracing) return
  app.addHook('onRequest', (request, reply, done) => {
    const span = startSpan(request)
    request.span = span
    // Emitted once for each response, also for one that a client leaves. The log line comes before.
    reply.raw.once('close', () => endSpan(span, request, reply))
    context.with(trace.setSpan(ROOT_CONTEXT, span), done)
  })
  // The events of a body's stream arrive in the context of the connection.
  app.addHook('preValidation', ({ span }, _reply, done) => {
    if (span) context.with(trace.setSpan(ROOT_CONTEXT, span), done)
    else done()
  })
}

function startSpan(request: FastifyRequest): Span {
  const method = methods.includes(request.method) ? request.method : '_OTHER'
  const route = routeOf(request)
  const verb = method === '_OTHER' ? 'HTTP' : method
  const attributes = {
    'http.request.method': method,
    'url.scheme': request.protocol,
    'network.protocol.version': request.raw.httpVersion,
    ...(route && { 'http.route': route }),
  }
  return tracer.startSpan(
    route ? `${verb} ${route}` : verb,
    { kind: SpanKind.SERVER, attributes },
    propagation.extract(ROOT_CONTEXT, request.headers),
  )
}

/** Undefined for paths without a route. */
function routeOf({ is404, routeOptions: { url } }: FastifyRequest): string | undefined {
  return is404 || url?.includes('*') ? undefined : url
}

function endSpan(span: Span, { problem }: FastifyRequest, { raw }: FastifyReply): void {
  const { statusCode, headersSent } = raw
  if (headersSent) span.setAttribute('http.response.status_code', statusCode)
  // The conventions leave the status unset below 500: such a response is no fault of the server.
  if (headersSent && statusCode >= 500) {
    span.setAttribute('error.type', problem?.code ?? String(statusCode))
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
}
