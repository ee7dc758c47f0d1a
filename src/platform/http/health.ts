/**
 * Liveness and readiness, for load balancers and process supervisors.
 *
 * `/livez` responds while the process runs and depends on nothing. `/readyz` responds 200 when the
 * server can take traffic: the database responds, every read table it reads is live, and no stop has
 * begun. Neither needs a session, and neither is logged.
 */

import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Queryable } from '../postgres/prepared.ts'
import { findNotLive } from '../read-models/serve/find-not-live.ts'
import type { App } from './app.ts'
import { Problem } from './problems/problem.ts'

export interface HealthDeps {
  readonly pool: Queryable
  /** The read tables that the server's queries read, e.g. `users_2`. */
  readonly readTables: readonly string[]
  /** True once a stop has begun. */
  readonly isStopping: () => boolean
  /** True while the server holds the leases on its read tables. */
  readonly mayRead: () => boolean
}

const tags = ['service']

/** Adds `/livez` and `/readyz`. */
export function healthRoutes(
  app: App,
  { pool, readTables, isStopping, mayRead }: HealthDeps,
): void {
  const alive = {
    operationId: 'isAlive',
    tags,
    summary: 'Check that the process responds',
    description: 'Depends on nothing else. If it fails, restart the process.',
    response: { 200: z.strictObject({ status: z.literal('alive') }) },
  }
  app.get('/livez', { schema: alive, config: { open: true }, logLevel: 'silent' }, async () => {
    return { status: 'alive' as const }
  })

  const ready = {
    operationId: 'isReady',
    tags,
    summary: 'Check that the server can take traffic',
    description: '200 when the server can take traffic; otherwise take it out of rotation.',
    response: { 200: z.strictObject({ status: z.literal('ready') }) },
  }
  const config = { open: true, problems: ['unavailable'] } as const
  app.get('/readyz', { schema: ready, config, logLevel: 'silent' }, async () => {
    if (isStopping())
      throw new Problem('unavailable', { detail: 'The server is stopping. Try again.' })
    if (!mayRead()) throw notLeased()
    const [missing] = await findNotLive(pool, readTables)
    if (missing) {
      throw new Problem('unavailable', { detail: `The read table ${missing.name} is not live.` })
    }
    return { status: 'ready' as const }
  })
}

/**
 * Rejects requests that may read a read table while the server has lost its leases, because a table
 * without a lease can be retired. Open GET routes (health, docs, problems) read no table.
 *
 * What was read is used only if the leases are held afterwards as well: the session before the handler
 * runs, and the rows of a GET before they are sent. A command has been recorded by then, so it is answered.
 */
export function requireLeases(app: App, mayRead: () => boolean): void {
  const check = (request: FastifyRequest) => {
    const { open } = request.routeOptions.config
    if (mayRead() || request.is404 || (open && request.method === 'GET')) return
    throw notLeased()
  }
  app.addHook('onRequest', async (request) => check(request))
  app.addHook('preHandler', async (request) => check(request))
  app.addHook('preSerialization', async (request, _reply, payload) => {
    if (request.method === 'GET' || request.method === 'HEAD') check(request)
    return payload
  })
}

function notLeased(): Problem {
  return new Problem('unavailable', {
    detail: 'The server has lost its database connection. Try again.',
  })
}
