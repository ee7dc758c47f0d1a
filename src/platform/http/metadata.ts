/**
 * The metadata that events record about the request that caused them: user, request id, trace id.
 *
 * A client may send its own `X-Request-Id` and W3C `traceparent` to correlate its log with the
 * server's. A request id that is not short and plain is replaced. Both serve tracing only; no
 * decision depends on them. The session is not recorded: the append expects that it has not ended.
 */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Metadata } from '../event-store/event.ts'

const plainId = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/
/**
 * https://www.w3.org/TR/trace-context/#traceparent-header; an id of zeros alone is invalid. Only versions after 00
 * may have more fields.
 */
const traceparent =
  /^(?!ff)(?!00-.{53})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/

/** The id of a request: the client's `X-Request-Id` if it is plain, otherwise a new UUID. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && plainId.test(given) ? given : randomUUID()
}

/** The metadata for the events of this request; the actor is the caller's user id. */
export function metadata(request: FastifyRequest, clientId?: string): Metadata {
  const traceId = traceIdOf(request)
  return {
    ...(request.principal && { actor: request.principal.userId }),
    ...(request.sessionCheck && { session: request.sessionCheck }),
    requestId: request.id,
    ...(traceId && { traceId }),
    ...(clientId && { clientId }),
  }
}

/** The trace id of the request's span or, without an SDK of OpenTelemetry, of a valid `traceparent`. */
export function traceIdOf({ span, headers }: FastifyRequest): string | undefined {
  if (span) return span.spanContext().traceId
  const given = headers.traceparent
  return typeof given === 'string' ? given.match(traceparent)?.[1] : undefined
}
