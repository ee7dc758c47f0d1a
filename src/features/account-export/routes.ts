/**
 * `GET /users/me/export`: everything recorded about the caller as newline-delimited JSON. `export.ts` reads it, `lines.ts`
 * has the shape of each line, and `running-exports.ts` bounds how many exports a server sends at once.
 */

import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createFairQueue } from '../../platform/fair-queue.ts'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { clientOf } from '../../platform/http/rate-limiting.ts'
import { position } from '../../platform/http/replies.ts'
import { ClientGoneError } from '../../platform/overloaded-error.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findLastPosition } from '../live-updates/queries.ts'
import { findLiveSessions } from '../sessions/queries.ts'
import { exportLines } from './export.ts'
import { RunningExports } from './running-exports.ts'
import { exportSchema } from './schemas.ts'

export interface AccountExportDeps {
  readonly pool: Queryable
  readonly mayRead: () => boolean
}

/** A page takes some milliseconds of the database and of the event loop. */
const concurrentPages = 2
/** How long (ms) a client may read nothing. */
const stallMs = 60_000
/** An export holds two pages, 8 MB at most. */
const maxExports = 20

/** Adds `GET /users/me/export`. */
export function accountExportRoutes(app: App, { pool, mayRead }: AccountExportDeps): void {
  const pageLimit = createFairQueue({
    concurrency: concurrentPages,
    maxWaiting: Number.POSITIVE_INFINITY,
  })
  const exports = new RunningExports(maxExports)
  const config = {
    limit: 'exporting',
    problems: ['overloaded', 'too_many_requests'],
    position: false,
    headers: ['Epistle-Position'],
  } as const
  // A HEAD request gets a route of its own, because it needs no lines and no place.
  const head = { schema: { hide: true }, config: { position: false } } as const
  app.head('/users/me/export', head, async (_request, reply) =>
    describe(reply, String(await findLastPosition(pool))).send(),
  )
  // Before the rate limit, which would count a request that finds no room, and its retries.
  const preHandler = async (request: FastifyRequest, reply: FastifyReply) => {
    const { userId } = principalOf(request)
    // A client that has gone by now emits no further `close`, so its export would count forever.
    if (reply.raw.destroyed) throw new ClientGoneError()
    const running = { userId, client: clientOf(request), end: () => void reply.raw.destroy() }
    exports.admit(running)
    reply.raw.once('close', () => exports.remove(running))
  }
  const route = { schema: exportSchema, config, preHandler, exposeHeadRoute: false }
  app.get('/users/me/export', route, async (request, reply) => {
    const { userId, sessionId } = principalOf(request)
    const upTo = String(await findLastPosition(pool))
    const isActive = async () => (await findLiveSessions(pool, [sessionId])).size > 0
    const deps = { pool, pageLimit, mayRead, isActive, gone: goneSignal(reply) }
    const lines = exportLines(deps, { userId, upTo, exportedAt: new Date() })
    // A client that reads nothing keeps others from their exports.
    reply.raw.setTimeout(stallMs, () => reply.raw.destroy())
    return describe(reply, upTo).send(Readable.from(lines) as never)
  })
}

function describe(reply: FastifyReply, upTo: string): FastifyReply {
  position(reply, { position: upTo })
  reply.header('Content-Disposition', `attachment; filename="export-${upTo}.ndjson"`)
  return reply.type('application/x-ndjson')
}
