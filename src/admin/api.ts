/**
 * The API of the admin port. What only the owner of the database may do is absent, from the routes and from the
 * document, where no owner's URL is configured.
 */

import type { Client, Pool } from 'pg'
import manifest from '../../package.json' with { type: 'json' }
import type { Config } from '../config.ts'
import { type FeedDeps, feedRoutes } from '../features/feed/routes.ts'
import { statisticsRoutes } from '../features/statistics/routes.ts'
import type { App } from '../platform/http/app.ts'
import type { Sockets } from '../platform/postgres/sockets.ts'
import { dbDirectory, readReleases } from '../platform/read-models/releases/releases.ts'
import { consoleRoutes } from '../web/console/routes.ts'
import { auditRoute } from './acts/routes.ts'
import { cancelRoute } from './jobs/cancel-route.ts'
import { jobRoutes } from './jobs/routes.ts'
import { JobRunner } from './jobs/runner.ts'
import { startRoutes } from './jobs/start-routes.ts'
import { eventRoutes } from './log/events-routes.ts'
import { matrixRoute } from './log/matrix-route.ts'
import { streamRoute } from './log/stream-route.ts'
import { peopleActRoutes } from './people/act-routes.ts'
import { peopleRoutes } from './people/routes.ts'
import { type ProcessState, statusRoutes } from './status/routes.ts'
import { comparisonRoute } from './tables/comparison-route.ts'
import { differencesRoute } from './tables/differences-route.ts'
import { createReplays } from './tables/replays.ts'
import { rowsRoute } from './tables/rows-route.ts'
import { tableRoute } from './tables/table-route.ts'
import { taskActRoutes } from './tasks/act-routes.ts'
import { taskRoutes } from './tasks/routes.ts'

export interface AdminApiDeps {
  readonly config: Pick<Config, 'requireVerifiedEmail' | 'forgetMessages' | 'forgetLedger'>
  /** Connections of its own under the service role: a search through the log delays no user. */
  readonly pool: Pool
  /** Opens a connection under the service role whose statements may take a minute. */
  readonly openReplay: () => Promise<Client>
  /** Connects as the owner of the database; undefined where the port may not. */
  readonly ownerUrl: string | undefined
  /** Collects the sockets of jobs, which are destroyed with those of the pools. */
  readonly sockets: Sockets
  readonly feed: FeedDeps
  readonly process: ProcessState
  /** Why `/readyz` does not answer 200, in whole sentences; null if it does. */
  readonly whyNotReady: () => Promise<string | null>
}

/** Adds all routes of the API. */
export function adminApiRoutes(app: App, deps: AdminApiDeps): void {
  const { config, pool, openReplay, ownerUrl, feed } = deps
  logReadsAtDebug(app)
  consoleRoutes(app)
  const hasOwner = ownerUrl !== undefined
  // The code of a process does not change.
  const ours = readReleases(dbDirectory)
  ours.catch(() => undefined)
  const { process, whyNotReady } = deps
  statusRoutes(app, { pool, version: manifest.version, process, whyNotReady, ours, hasOwner })
  matrixRoute(app, pool)
  eventRoutes(app, pool)
  streamRoute(app, pool)
  tableRoute(app, { pool, ours, hasOwner })
  differencesRoute(app, pool)
  const replays = createReplays(openReplay)
  rowsRoute(app, pool, replays)
  comparisonRoute(app, pool, replays)
  taskRoutes(app, pool)
  taskActRoutes(app, pool)
  peopleRoutes(app, pool)
  peopleActRoutes(app, pool)
  // Before the routes that follow jobs, so a stop ends the jobs first, and their streams show that.
  if (ownerUrl !== undefined) ownerRoutes(app, deps, ownerUrl)
  jobRoutes(app, pool)
  auditRoute(app, pool)
  feedRoutes(app, feed)
  statisticsRoutes(app, { pool, requireVerifiedEmail: config.requireVerifiedEmail })
}

/**
 * Each open console reads its view again every two seconds, and the audit list has what showed personal data. The feed
 * is for other systems. Call it before the first route is added.
 */
function logReadsAtDebug(app: App): void {
  app.addHook('onRoute', (route) => {
    const { method, config } = route
    const isRead = [method].flat().every((each) => each === 'GET' || each === 'HEAD')
    if (isRead && !config?.ownTokens) route.config = { ...config, quiet: true }
  })
}

/** A stop of the process ends its jobs before their connections to the database close. */
function ownerRoutes(app: App, { config, pool, sockets }: AdminApiDeps, ownerUrl: string): void {
  const runner = new JobRunner({ ...{ pool, ownerUrl, sockets }, log: app.log })
  app.addHook('preClose', () => runner.close())
  startRoutes(app, { config, pool, runner })
  cancelRoute(app, pool)
}
