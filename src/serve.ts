/**
 * Serve: from a database and a configuration to a server that listens, and back to nothing.
 *
 * Promises to start only where it can do its work (the narrow role taken, every read table live),
 * and to stop without a request half done. Signals are the command line's business.
 */

import type { Logger } from 'pino'
import { buildApp, readTables } from './app.ts'
import type { Config } from './config.ts'
import { createEventStore } from './event-store/store.ts'
import { createLog } from './http/logging.ts'
import type { App } from './http/server.ts'
import { openServicePool, ServeError, serviceUrl } from './postgres/service-pool.ts'
import { holdLeases, type Leases } from './read-model/leases.ts'

export interface ServeOptions {
  readonly config: Config
  readonly databaseUrl: string
  /** Standard output, unless somebody wants to read along. */
  readonly log?: Logger
}

export interface Server {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string
  /** Stops: not ready, no new connections, what runs is finished, the database is left. */
  close(): Promise<void>
}

/** Starts to serve. Throws ServeError, whose message says what to do, and leaves nothing open. */
export async function serve({ config, databaseUrl, log }: ServeOptions): Promise<Server> {
  const logger = log ?? createLog(config.logLevel)
  const pool = await openServicePool({
    databaseUrl,
    size: config.databasePoolSize,
    readTables,
    onError: (err) => logger.warn({ err }, 'an idle connection to the database was lost'),
  })
  let stopping = false
  let stopped: Promise<void> | undefined
  let leases: Leases | undefined
  try {
    leases = await lease(databaseUrl, config, logger)
    const { held } = leases
    const store = createEventStore(pool)
    const isStopping = () => stopping
    const app = await buildApp({ config, pool, store, log: logger, isStopping, mayRead: held })
    const url = await listen(app, config)
    const close = () => {
      stopping = true
      stopped ??= stop(app, [leases as Leases, { close: () => pool.end() }], config.shutdownSeconds)
      return stopped
    }
    return { url, close }
  } catch (error) {
    await leases?.close()
    await pool.end()
    throw error
  }
}

/** So that no table is retired while it is read here. */
function lease(databaseUrl: string, { host, port }: Config, log: Logger): Promise<Leases> {
  return holdLeases({
    databaseUrl: serviceUrl(databaseUrl),
    tables: readTables,
    holder: `epistle serve ${host}:${port}, process ${process.pid}`,
    onChange: (held, reason) => {
      if (held) log.info('the leases on the read tables are held again')
      else log.warn({ err: reason }, 'the leases on the read tables are lost; nothing is read')
    },
  })
}

async function listen(app: App, { host, port }: Config): Promise<string> {
  try {
    return await app.listen({ host, port, listenTextResolver: (url) => `listening on ${url}` })
  } catch (error) {
    await app.close()
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'EADDRINUSE' ? 'something else listens there' : message
    throw new ServeError(
      `cannot listen on port ${port} of ${host}: ${reason}; PORT and HOST choose another place`,
      { cause: error },
    )
  }
}

/** Requests that outlast their time lose their connection; nothing else may hold up a stop. */
async function stop(
  app: App,
  then: readonly { close(): Promise<void> }[],
  seconds: number,
): Promise<void> {
  const impatience = setTimeout(() => app.server.closeAllConnections(), seconds * 1000)
  try {
    await app.close()
  } finally {
    clearTimeout(impatience)
    for (const each of then) await each.close()
  }
}
