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

/** The server as features use it: routes are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The problems of this route, in addition to those that every route of its kind has. */
    problems?: readonly ProblemCode[]
    /** Whether this route of the admin port checks tokens of its own, not that of operators. */
    ownTokens?: boolean
    /** On the admin port: whether the route needs no token, and pages of other sites may link to it. */
    withoutToken?: boolean
    /** The headers of every successful response. */
    headers?: readonly ('ETag' | 'Location' | 'Epistle-Position' | 'Epistle-Cursor')[]
    /** The headers of some successful responses. */
    optionalHeaders?: readonly ('Epistle-Position' | 'Set-Cookie')[]
  }
}
