/**
 * Routes that are limited, and who asks.
 *
 * A route declares its limit in its config, in one line: `limit: 'sending'`, or with what else counts.
 * It is counted when the request is known to be well-formed, before the handler does anything.
 */

import type { FastifyRequest } from 'fastify'
import { networkOf } from '../rate-limits/client-network.ts'
import type { Limits } from '../rate-limits/limits.ts'
import type { LimitName } from '../rate-limits/policies.ts'
import type { App } from './app.ts'

interface Limited {
  readonly name: LimitName
  /** The e-mail address of the body that it is counted for besides the client's address. */
  readonly account?: (body: never) => string
  /** How many of what is limited the request stands for, unless it is one. */
  readonly cost?: (body: never) => number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route is counted as; it may answer `too_many_requests`. */
    limit?: LimitName | Limited
  }
}

/** Makes the routes that are added from here on keep to the limits they name. */
export function keepLimits(app: App, limits: Limits): void {
  tellOfProxies(app)
  app.addHook('onRoute', (route) => {
    const { limit } = route.config ?? {}
    if (!limit) return
    const { name, account, cost } = typeof limit === 'string' ? { name: limit } : limit
    const count = (request: FastifyRequest) => {
      const { principal, body } = request
      const asking = {
        client: clientOf(request),
        user: principal?.userId,
        account: account?.(body as never),
      }
      return limits.count(name, asking, cost?.(body as never) ?? 1)
    }
    route.preHandler = [route.preHandler ?? [], count].flat()
  })
}

/** Says once that somebody is forwarded by a proxy that nobody told us to believe. */
function tellOfProxies(app: App): void {
  let told = false
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers, ips, log } = request
    if (!told && ips === undefined && headers['x-forwarded-for'] !== undefined) {
      told = true
      log.warn(
        'a request came with X-Forwarded-For, and TRUST_PROXY is not set: if it came through a proxy, ' +
          'all who come through it count as one client, and are limited together',
      )
    }
    done()
  })
}

/**
 * The network that the request comes from: the connection's, or the one a trusted proxy names. What a
 * proxy names and is no address counts as the proxy, and so for all whom it does that to.
 */
export function clientOf(request: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  return networkOf(request.ip ?? '') ?? networkOf(request.socket.remoteAddress ?? '') ?? 'unknown'
}
