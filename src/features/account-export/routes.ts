/**
 * `GET /users/me/export`: everything recorded about the caller as newline-delimited JSON. `export.ts` reads it, `lines.ts`
 * has the shape of each line, and this file bounds how many exports a server sends at once.
 */

import { Readable } from 'node:stream'
import { createFairQueue } from '../../platform/fair-queue.ts'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import { goneSignal } from '../../platform/http/client-gone.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { position } from '../../platform/http/replies.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { exportLines } from './export.ts'
import { findLastPosition } from './queries.ts'
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
  const exporting = new Set<string>()
  const config = {
    limit: 'exporting',
    problems: ['overloaded', 'too_many_requests'],
    position: false,
    headers: ['Epistle-Position'],
  } as const
  const route = { schema: exportSchema, config, exposeHeadRoute: false }
  app.get('/users/me/export', route, async (request, reply) => {
    const { userId } = principalOf(request)
    // A client that has gone by now emits no further `close`, so its export would count forever.
    if (reply.raw.destroyed) return reply.hijack()
    refuseIfBusy(exporting, userId)
    exporting.add(userId)
    reply.raw.once('close', () => exporting.delete(userId))
    const upTo = await findLastPosition(pool)
    const deps = { pool, pageLimit, mayRead, gone: goneSignal(reply) }
    const lines = exportLines(deps, { userId, upTo, exportedAt: new Date() })
    position(reply, { position: upTo })
    reply.header('Content-Disposition', `attachment; filename="export-${upTo}.ndjson"`)
    // A client that reads nothing keeps others from their exports.
    reply.raw.setTimeout(stallMs, () => reply.raw.destroy())
    return reply.type('application/x-ndjson').send(Readable.from(lines) as never)
  })
}

/** A user downloads one export at a time, so that a few cannot keep the others out. */
function refuseIfBusy(exporting: ReadonlySet<string>, userId: string): void {
  if (exporting.has(userId)) {
    throw new Problem('overloaded', {
      detail: 'Another export of yours is running on this server.',
    })
  }
  if (exporting.size >= maxExports) {
    throw new Problem('overloaded', { detail: 'The server sends as many exports as it can.' })
  }
}
