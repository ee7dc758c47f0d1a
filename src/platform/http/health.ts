/**
 * Liveness and readiness, for whoever starts, stops and balances servers.
 *
 * `/livez` says that the process answers, and depends on nothing. `/readyz` says that it can do its
 * work: the database answers, every read table it reads is live, and no stop has begun. Neither
 * needs a caller nor leaves a line in the log.
 */

import { z } from 'zod'
import type { Queryable } from '../postgres/prepared.ts'
import { findNotLive } from '../read-models/serve/find-not-live.ts'
import type { App } from './app.ts'
import { Problem } from './problems/problem.ts'

export interface HealthDeps {
  readonly pool: Queryable
  /** The read tables that the server's queries read, e.g. `users_2`. */
  readonly readTables: readonly string[]
  /** Whether a stop has begun. */
  readonly isStopping: () => boolean
  /** Whether the leases on the read tables are held. */
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
    summary: 'Whether the process answers',
    description: 'Depends on nothing. When it fails, restart the process.',
    response: { 200: z.strictObject({ status: z.literal('alive') }) },
  }
  app.get('/livez', { schema: alive, config: { open: true }, logLevel: 'silent' }, async () => {
    return { status: 'alive' as const }
  })

  const ready = {
    operationId: 'isReady',
    tags,
    summary: 'Whether the server can do its work',
    description: 'The database answers, what is read is live, no stop has begun. Else send nobody.',
    response: { 200: z.strictObject({ status: z.literal('ready') }) },
  }
  const config = { open: true, problems: ['unavailable'] } as const
  app.get('/readyz', { schema: ready, config, logLevel: 'silent' }, async () => {
    if (isStopping()) throw new Problem('unavailable', { detail: 'The server is stopping.' })
    if (!mayRead()) throw notLeased()
    const [missing] = await findNotLive(pool, readTables)
    if (missing) {
      throw new Problem('unavailable', { detail: `The read table ${missing.name} is not live.` })
    }
    return { status: 'ready' as const }
  })
}

/**
 * Refuses whatever would look into the read tables while the leases on them are lost: they may be
 * retired meanwhile. What anybody may GET (health, docs, problems) looks into none.
 */
export function readOnlyUnderLease(app: App, mayRead: () => boolean): void {
  app.addHook('onRequest', async (request) => {
    const { open } = request.routeOptions.config
    if (mayRead() || request.is404 || (open && request.method === 'GET')) return
    throw notLeased()
  })
}

function notLeased(): Problem {
  return new Problem('unavailable', { detail: 'The server is not connected to its database.' })
}
