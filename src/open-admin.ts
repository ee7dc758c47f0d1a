/** Opens the admin port of a server or worker, where ADMIN_PORT is set. */

import manifest from '../package.json' with { type: 'json' }
import { type AdminDeps, buildAdmin } from './admin/admin.ts'
import type { Config } from './config.ts'
import { closeApp, listen } from './listen.ts'
import { createMetrics, type MetricsOptions } from './platform/metrics/metrics.ts'

/** How long a request on the admin port may delay a stop, seconds. */
const closeSeconds = 1

/** Returns the URL; undefined where ADMIN_PORT is not set. Throws ServeError. */
export async function openAdmin(
  { adminHost, adminPort, adminTokenSha256 }: Config,
  opened: AsyncDisposableStack,
  deps: Omit<AdminDeps, 'tokenHash' | 'metrics'> & Pick<MetricsOptions, 'pools' | 'standbys'>,
): Promise<string | undefined> {
  if (adminPort === undefined) return undefined
  const { pools, standbys } = deps
  const metrics = createMetrics({ version: manifest.version, pools, ...(standbys && { standbys }) })
  opened.defer(() => metrics.close())
  const app = await buildAdmin({ ...deps, metrics, tokenHash: adminTokenSha256 })
  opened.defer(() => closeApp(app, closeSeconds))
  const settings = 'ADMIN_PORT or ADMIN_HOST'
  return listen(app, { host: adminHost, port: adminPort, name: 'admin port', settings })
}
