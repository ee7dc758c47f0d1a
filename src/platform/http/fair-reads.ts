/**
 * Fair reads: users take turns where a request reads more than a few rows. One user's searches thus delay
 * those of another by a turn, and other requests not at all.
 *
 * A route declares what it reads: `reads: 'page'` for a page of rows along an index, `reads: 'much'` for a
 * search and whatever else can read thousands of rows, or a function of the query string. Each uses one
 * connection at a time. All that run at once leave one free for commands and for single rows, which a route
 * without a declaration reads, unless the pool has only one.
 */

import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { createFairQueue } from '../fair-queue.ts'
import type { App } from './app.ts'
import { principalOf } from './authentication.ts'
import { goneSignal } from './client-gone.ts'

export type Reads = 'page' | 'much'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route reads; undefined for single rows. Its requests can be rejected as too many. */
    reads?: Reads | ((query: never) => Reads | undefined)
  }
}

/** For `reads`: a page of more rows than the default can hold megabytes. */
export const byLength = ({ limit }: { limit: number }): Reads => (limit > 50 ? 'much' : 'page')

/** How many requests can wait: of one user, and of all. A read takes 1 to 100 ms, so none waits long. */
const bounds = {
  much: { limit: 'searches', ofUser: 20, ofAll: 200, part: 1 / 4 },
  page: { limit: 'pages', ofUser: 100, ofAll: 1_000, part: 1 / 3 },
}

/** Makes users take turns on all routes added after this call, over a pool of `connections`. */
export function shareReads(app: App, poolSize: number): void {
  const much = queueFor('much', poolSize)
  // One of two connections serves both kinds.
  const queues = { much, page: poolSize < 3 ? much : queueFor('page', poolSize) }

  function inTurn(
    handler: RouteOptions['handler'],
    reads: Reads | ((query: never) => Reads | undefined),
  ): RouteOptions['handler'] {
    return function (request: FastifyRequest, reply: FastifyReply) {
      const run = async () => handler.call(this, request, reply)
      const kind = typeof reads === 'string' ? reads : reads(request.query as never)
      if (!kind) return run()
      return queues[kind]({ key: principalOf(request).userId, gone: goneSignal(reply) }, run)
    }
  }

  app.addHook('onRoute', (route) => {
    const { reads } = route.config ?? {}
    if (reads) route.handler = inTurn(route.handler, reads)
  })
}

/** A user may use half of the connections of a kind, which leaves room for the next user. */
function queueFor(kind: Reads, poolSize: number) {
  const { limit, ofUser, ofAll, part } = bounds[kind]
  const concurrency = Math.max(1, Math.floor(poolSize * part))
  const perKey = { limit, concurrency: Math.ceil(concurrency / 2), maxWaiting: ofUser }
  return createFairQueue({ concurrency, maxWaiting: ofAll, perKey })
}
