/** The type of the server that features add routes to, and what a route may declare about itself. */

import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { ProblemCode } from './problems/catalogue.ts'

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
