/**
 * The whole assembly: the server, authentication, limits, and the routes of each feature. `account-features.ts` has
 * those of accounts.
 *
 * Everything arrives as an argument and nothing is opened here, so a test builds the same app on its own
 * database, and the OpenAPI document is written without one.
 */

import type { Pool } from 'pg'
import manifest from '../package.json' with { type: 'json' }
import { addAccounts } from './account-features.ts'
import type { Config } from './config.ts'
import { accountExportRoutes } from './features/account-export/routes.ts'
import { readTables as accountExportTables } from './features/account-export/tables.ts'
import { accountHistoryRoutes } from './features/account-history/routes.ts'
import { readTables as accountHistoryTables } from './features/account-history/tables.ts'
import { requestLockNotice } from './features/account-recovery/mail-lock-notice.ts'
import { accountRecoveryPages } from './features/account-recovery/pages.ts'
import { readTables as accountRecoveryTables } from './features/account-recovery/tables.ts'
import { blockRoutes } from './features/blocks/routes.ts'
import { readTables as blockTables } from './features/blocks/tables.ts'
import { readReceived } from './features/conversations/mark-read.ts'
import { conversationRoutes } from './features/conversations/routes.ts'
import { readTables as conversationTables } from './features/conversations/tables.ts'
import { liveUpdateRoutes } from './features/live-updates/routes.ts'
import { readTables as liveUpdateTables } from './features/live-updates/tables.ts'
import { messageRoutes } from './features/messages/routes.ts'
import { readTables as messageTables } from './features/messages/tables.ts'
import { reportRoutes } from './features/moderation/routes.ts'
import { readTables as moderationTables } from './features/moderation/tables.ts'
import { isActiveSession, type OnUse, sessionFinder } from './features/sessions/queries.ts'
import { createSessionUses } from './features/sessions/session-uses.ts'
import { sessionsTable, readTables as sessionTables } from './features/sessions/tables.ts'
import { settingsRoute } from './features/settings/routes.ts'
import { readTables as statisticsTables } from './features/statistics/tables.ts'
import { readTables as userTables } from './features/users/tables.ts'
import { type EventStore, observeAppends } from './platform/event-store/event-store.ts'
import type { App } from './platform/http/app.ts'
import { authenticate } from './platform/http/authentication.ts'
import { shareReads } from './platform/http/fair-reads.ts'
import { healthRoutes, requireLeases, whileLeased } from './platform/http/health.ts'
import { landingPage } from './platform/http/landing.ts'
import { measureRequests } from './platform/http/measure-requests.ts'
import { docsPage } from './platform/http/openapi/docs.ts'
import { describeOperations, problemCodesOf } from './platform/http/openapi/openapi.ts'
import { publicApi } from './platform/http/openapi/public-api.ts'
import { problemPages } from './platform/http/problems/problem-pages.ts'
import { enforceRateLimits } from './platform/http/rate-limiting.ts'
import { requirePositions } from './platform/http/required-positions.ts'
import { createServer, type ServerOptions } from './platform/http/server.ts'
import { reportPositions } from './platform/http/snapshot-positions.ts'
import { measured } from './platform/metrics/measurements.ts'
import { createPasswordAttempts, unlimitedAttempts } from './platform/passwords/attempts.ts'
import type { Notifications } from './platform/postgres/notifications.ts'
import type { Queryable } from './platform/postgres/prepared.ts'
import { createCounts } from './platform/rate-limits/counts.ts'
import { createLimits, noLimits } from './platform/rate-limits/limits.ts'
import { createReadPool } from './platform/standby-reads/read-pool.ts'
import type { Standbys } from './platform/standby-reads/standbys.ts'
import { chatFiles } from './web/chat/routes.ts'

/** Every read table that a query of the server reads, on its admin port as well (`open-admin.ts`). All of them must be live. */
export const readTables: readonly string[] = [
  ...new Set([
    ...userTables,
    ...sessionTables,
    ...messageTables,
    ...conversationTables,
    ...blockTables,
    ...statisticsTables,
    ...accountHistoryTables,
    ...accountExportTables,
    ...accountRecoveryTables,
    ...liveUpdateTables,
    ...moderationTables,
  ]),
]

export interface AppDeps {
  readonly config: Config
  readonly pool: Pool
  /** A connection for session look-ups alone, so that authentication never waits behind other queries. */
  readonly sessionPool: Pick<Pool, 'query'>
  readonly store: EventStore
  /** The languages of mails, the default first. */
  readonly languages: readonly string[]
  /** They answer reads beside the primary server. */
  readonly standbys?: Standbys
  /** Notifies when events were appended, by any server. */
  readonly notifications: Notifications
  readonly log: ServerOptions['log']
  /** Whether the server is stopping and load balancers should send no more requests. */
  readonly isStopping: () => boolean
  /** Whether the leases on the read tables are held. Without them the server must not read. */
  readonly mayRead: () => boolean
}

/** Assembles the application, ready to listen or to receive injected requests. */
export async function buildApp(deps: AppDeps): Promise<App> {
  const { config, pool, sessionPool, log, isStopping, mayRead } = deps
  const { corsOrigins, trustProxy, maxConnections } = config
  const counts = createCounts(pool)
  const limits = config.rateLimits ? createLimits(counts) : noLimits
  const onLocked = (email: string) => requestLockNotice(pool, counts.hash, email)
  const attempts = config.rateLimits ? createPasswordAttempts(counts, onLocked) : unlimitedAttempts
  const app = await createServer({ log, corsOrigins, trustProxy, maxConnections })
  measureRequests(app, measured.request)
  await describeOperations(app, { ...publicApi, version: manifest.version })
  requireLeases(app, mayRead)
  const uses = createSessionUses(pool, log)
  app.addHook('onClose', () => uses.close())
  const find = whileLeased(sessionFinder(sessionPool, uses.note), mayRead)
  const sessions = { find, readTable: sessionsTable, isActive: isActiveSession, corsOrigins }
  const store = observeAppends(deps.store, authenticate(app, sessions))
  reportPositions(app)
  shareReads(app, config.databasePoolSize)
  requirePositions(app, { pool, standbys: deps.standbys, waitMs: config.replicaWaitMs })
  if (config.rateLimits) enforceRateLimits(app, limits)
  const parts = { ...deps, store, reads: createReadPool(pool) }
  addAccounts(app, parts, attempts)
  addMessaging(app, parts, uses.note)
  healthRoutes(app, { pool, readTables, isStopping, mayRead })
  settingsRoute(app, config)
  const sendChat = config.webChat === 'on' ? chatFiles(app, config.productName) : undefined
  landingPage(app, manifest.version, sendChat)
  problemPages(app, () => problemCodesOf(app))
  accountRecoveryPages(app, config)
  docsPage(app, 'Epistle: HTTP API')
  await app.ready()
  return app
}

/** `reads` answers the queries that a standby may answer. Sessions, aggregates and live updates stay with `pool`. */
type Parts = AppDeps & { readonly reads: Queryable }

/** The features of users who are logged in. An open stream counts as a use of its session. */
function addMessaging(app: App, deps: Parts, onSessionUse: OnUse): void {
  const { config, pool, reads, store, notifications, mayRead } = deps
  const { maxConnections } = config
  addMessages(app, deps)
  reportRoutes(app, { pool, store })
  conversationRoutes(app, { pool: reads, store })
  blockRoutes(app, { pool: reads, store })
  const maxStreams = Math.floor((maxConnections * 4) / 5)
  liveUpdateRoutes(app, { pool, notifications, mayRead, maxStreams, onSessionUse })
  accountHistoryRoutes(app, { pool: reads })
  accountExportRoutes(app, { pool, mayRead })
}

function addMessages(app: App, { pool, reads, store, log }: Parts): void {
  messageRoutes(app, {
    ...{ pool: reads, store },
    readReceived: (reading) =>
      readReceived({ pool, store }, reading).catch((err: unknown) => {
        log.warn({ err }, 'a message was sent, but did not mark the conversation as read')
      }),
  })
}
