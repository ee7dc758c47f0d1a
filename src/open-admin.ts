/** Opens the admin port of a server or worker, with its whole API, where ADMIN_PORT is set. */

import type { Client, Pool } from 'pg'
import manifest from '../package.json' with { type: 'json' }
import { type AdminDeps, buildAdmin } from './admin/admin.ts'
import { adminApiRoutes } from './admin/api.ts'
import { warnUnlessOwner } from './admin/jobs/owner.ts'
import type { Config } from './config.ts'
import { readTables as statisticsTables } from './features/statistics/tables.ts'
import { closeApp, listen } from './listen.ts'
import { operatorTables } from './operators.ts'
import { whyNotReady } from './platform/http/health.ts'
import { createMetrics, type MetricsOptions } from './platform/metrics/metrics.ts'
import { keepRecentAppends } from './platform/metrics/recent-appends.ts'
import type { Notifications } from './platform/postgres/notifications.ts'
import type { Sockets } from './platform/postgres/sockets.ts'
import { feedReader } from './published-events.ts'

/** How long a request on the admin port may delay a stop, seconds. */
const closeSeconds = 1
/** An operator who searches through the log delays no user and no task. */
const operatorPoolSize = 2

/** The read tables that queries of the admin port read, where ADMIN_PORT is set. */
export function adminTables({ adminPort }: Config): readonly string[] {
  return adminPort === undefined ? [] : [...operatorTables, ...statisticsTables]
}

interface AdminPort
  extends Omit<AdminDeps, 'tokenHash' | 'metrics' | 'addRoutes'>,
    Pick<MetricsOptions, 'pools' | 'standbys'> {
  /** That of its leases, such as `epistle work, process 4711`. */
  readonly name: string
  /** Opens connections under the service role, which close after the port. */
  readonly openPool: (size: number) => Promise<Pool>
  /** Opens a connection under the service role whose statements may take a minute. */
  readonly openReplay: () => Promise<Client>
  /** Collects the sockets of jobs. */
  readonly sockets: Sockets
  /** Notifies when events were appended, by any server. */
  readonly notifications: Notifications
}

/** Returns the URL; undefined where ADMIN_PORT is not set. Throws ServeError. */
export async function openAdmin(
  config: Config,
  opened: AsyncDisposableStack,
  { name, openPool, openReplay, sockets, notifications, pools, standbys, ...deps }: AdminPort,
): Promise<string | undefined> {
  const { adminHost: host, adminPort: port, adminTokenSha256: tokenHash } = config
  if (port === undefined) return undefined
  const operators = await openPool(operatorPoolSize)
  const database = await openPool(1)
  const why = () => whyNotReady(deps)
  const metrics = createMetrics({
    ...{ version: manifest.version, database, ...(standbys && { standbys }) },
    isReady: async () => (await why()) === null,
    pools: { ...pools, operators, metrics: database },
  })
  opened.defer(() => metrics.close())
  const appends = keepRecentAppends()
  opened.defer(() => appends.close())
  const { mayRead } = deps
  const reading = { pool: operators, reader: feedReader, notifications, mayRead }
  const { adminDatabaseUrl: ownerUrl } = config
  const owner = { ownerUrl, sockets }
  if (ownerUrl !== undefined) opened.defer(warnUnlessOwner(ownerUrl, sockets, deps.log))
  const api = {
    ...{ config, pool: operators, openReplay, ...owner, process: { name, appends } },
    whyNotReady: why,
  }
  const app = await buildAdmin({
    ...{ ...deps, metrics, tokenHash },
    addRoutes: (admin) =>
      adminApiRoutes(admin, { ...api, feed: { ...reading, tokens: config.feedTokens } }),
  })
  opened.defer(() => closeApp(app, closeSeconds))
  const settings = 'ADMIN_PORT or ADMIN_HOST'
  return listen(app, { host, port, name: 'admin port', settings })
}
