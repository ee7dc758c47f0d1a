/**
 * Enforces rate limits on routes, and determines the client that a request counts for.
 *
 * A route declares its limit in its config: `limit: 'sending'`, or an object with the account and the
 * cost. A request is counted after validation and before the handler runs.
 */

import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { networkOf } from '../rate-limits/client-network.ts'
import type { Limits } from '../rate-limits/limits.ts'
import type { LimitName } from '../rate-limits/policies.ts'
import type { App } from './app.ts'

interface Limited {
  readonly name: LimitName
  /** The e-mail address in the body; requests are counted for it in addition to the client. */
  readonly account?: (body: never) => string
  /** How many units the request counts as; 1 when absent. */
  readonly cost?: (body: never) => number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The limit of the route, which then can respond `too_many_requests`. */
    limit?: LimitName | Limited
  }
}

/** Enforces the declared limits on all routes added after this call. */
export function enforceRateLimits(app: App, limits: Limits): void {
  warnAboutUntrustedProxy(app)
  app.addHook('onRoute', (route) => {
    const { limit } = route.config ?? {}
    if (!limit) return
    const { name, account, cost } = typeof limit === 'string' ? { name: limit } : limit
    const count = (request: FastifyRequest) => {
      const { principal, body } = request
      const caller = {
        client: clientOf(request),
        user: principal?.userId,
        account: account?.(body as never),
      }
      return limits.count(name, caller, cost?.(body as never) ?? 1)
    }
    route.preHandler = [route.preHandler ?? [], count].flat()
  })
}

/** Warns once when a request has `X-Forwarded-For` and `TRUST_PROXY` is not set. */
function warnAboutUntrustedProxy(app: App): void {
  let warned = false
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers, ips, log } = request
    if (!warned && ips === undefined && headers['x-forwarded-for'] !== undefined) {
      warned = true
      log.warn(
        'a request has X-Forwarded-For, but TRUST_PROXY is not set: if the server is behind a proxy, ' +
          'all clients of that proxy share the rate limits of one client',
      )
    }
    done()
  })
}

/** Of each connection, the client of its last request: only a trusted proxy sends requests of several. */
const lastClients = new WeakMap<
  Socket,
  { readonly ip: string | undefined; readonly network: string }
>()

/**
 * The client's network, from the connection or from the header of a trusted proxy. If the proxy sends
 * a value that is not an address, the request counts for the proxy's own network.
 */
export function clientOf({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  const last = lastClients.get(socket)
  if (last && last.ip === ip) return last.network
  const network = networkOf(ip ?? '') ?? networkOf(socket.remoteAddress ?? '') ?? 'unknown'
  lastClients.set(socket, { ip, network })
  return network
}
