/**
 * The HTTP server before any route: how requests are numbered, read, checked and answered.
 *
 * Promises that what reaches a handler has the shape of the route's zod schemas, that answers leave
 * in the shape of theirs, and that every failure is a problem. Knows no feature.
 */

import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { ProblemCode } from './problems.ts'

/** The server as the features see it: routes are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The problems this very route may answer with, beyond those every route like it has. */
    problems?: readonly ProblemCode[]
    /** The headers of its successful answer. */
    headers?: readonly ('ETag' | 'Location' | 'Epistle-Position')[]
  }
}

/** Says up to which position of the log the caller's own command is recorded. */
export function position(reply: FastifyReply, appended: { readonly position: string }): void {
  reply.header('Epistle-Position', appended.position)
}
