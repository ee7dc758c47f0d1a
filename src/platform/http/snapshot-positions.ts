/**
 * `Epistle-Position` of responses that read: the position of the snapshot that the response shows.
 *
 * Every GET that needs a session gets it, also a 404, so a client can load lists, and follow the live updates from
 * the smallest of their positions without a gap. A route without it sets `position: false`. How a query finds its
 * position is left to `postgres/snapshot.ts`.
 */

import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { Snapshot, withSnapshot } from '../postgres/snapshot.ts'
import type { App } from './app.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False for a GET whose response is not read from one snapshot, such as a stream. */
    position?: false
  }
}

/** Call it before the first route is added, and before `shareReads`, whose queue runs handlers in other contexts. */
export function reportPositions(app: App): void {
  app.addHook('onRoute', (route) => {
    const { method, config = {}, handler } = route
    if (method !== 'GET' && method !== 'HEAD') return
    if (config.open || config.position === false) return
    route.config = { ...config, headers: [...(config.headers ?? []), 'Epistle-Position'] }
    route.handler = withHeader(handler)
  })
}

function withHeader(handler: RouteOptions['handler']): RouteOptions['handler'] {
  return async function (request: FastifyRequest, reply: FastifyReply) {
    const { reading, sessionCheck } = request
    const session = sessionCheck?.skipped && sessionCheck
    const snapshot = new Snapshot({ ...reading, session })
    try {
      return await withSnapshot(snapshot, () => handler.call(this, request, reply))
    } finally {
      if (snapshot.position !== undefined) reply.header('Epistle-Position', snapshot.position)
    }
  }
}
