/**
 * Where a request comes from, as the log remembers it: who asked, and which request it was.
 *
 * A caller may bring its own `X-Request-Id` and W3C `traceparent`, so that its log and ours can be
 * laid side by side; anything but a short plain id is replaced by one of ours. Both are hints for
 * people who trace, never trusted for a decision.
 */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Metadata } from '../event-store/event.ts'

const plainId = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/
/** https://www.w3.org/TR/trace-context/#traceparent-header; an id of zeros alone is invalid. */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/

/** The id of a request: the caller's `X-Request-Id` when it is a plain one, else a new UUID. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && plainId.test(given) ? given : randomUUID()
}

/** What an event's header keeps of the request that caused it; the actor is the caller's user id. */
export function metadata(request: FastifyRequest): Metadata {
  const traceId = traceIdOf(request.headers.traceparent)
  return {
    ...(request.principal && { actor: request.principal.userId }),
    requestId: request.id,
    ...(traceId && { traceId }),
  }
}

function traceIdOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header.match(traceparent)?.[1] : undefined
}
