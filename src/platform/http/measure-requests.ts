/**
 * Measures each request of a port: method, route, status, duration and problem code. A route is its template; files of
 * pages share one, and so do paths without a route, so that no client can make new ones. The client decides how long a
 * stream lasts, so its duration is not measured; `epistle_streams` counts it.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { measured } from '../metrics/measurements.ts'
import type { App } from './app.ts'

/** Reports the requests to `requests`. Call it before the first route is added. */
export function measureRequests(app: App, requests: typeof measured.request): void {
  app.addHook('onResponse', (request, reply, done) => {
    if (requests.isRead && !isStream(reply)) {
      const route = routeOf(request)
      requests.report({
        method: route === 'none' ? 'any' : request.method,
        route,
        status: reply.statusCode,
        seconds: reply.elapsedTime / 1000,
        problem: request.problem?.code,
      })
    }
    done()
  })
}

/** By its response: a request for a stream that is rejected is one like any other. */
function isStream(reply: FastifyReply): boolean {
  return reply.getHeader('content-type') === 'text/event-stream'
}

function routeOf({ is404, routeOptions: { url, schema } }: FastifyRequest): string {
  if (is404 || url === undefined || url.includes('*')) return 'none'
  return schema?.hide ? 'files' : url
}
