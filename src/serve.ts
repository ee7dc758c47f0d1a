/**
 * Serve: from a database and a configuration to a server that listens, and back to nothing.
 *
 * Promises to start only where it can do its work (the narrow role taken, every read table live),
 * and to stop without a request half done. Signals are the command line's business.
 */

import type { Logger } from 'pino'
import { buildApp, readTables } from './app.ts'
import type { Config } from './config.ts'
import type { Write } from './platform/event-store/append.ts'
import { createEventStore } from './platform/event-store/event-store.ts'
import { createWriter } from './platform/event-store/writer/writer.ts'
import type { App } from './platform/http/app.ts'
import { createLog } from './platform/http/logging.ts'
import { createNotifications, type Notifications } from './platform/postgres/notifications.ts'
import { Sockets } from './platform/postgres/sockets.ts'
import { keepClearing } from './platform/rate-limits/clearing.ts'
import { holdLeases, type Leases } from './platform/read-models/serve/leases.ts'
import { openServicePool, ServeError, serviceUrl } from './service-pool.ts'

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
  let stopping = false
  let stopped: Promise<void> | undefined
  const opened: Closing[] = []
  try {
    const opening = { databaseUrl, log: logger, sockets: new Sockets(), opened }
    const pool = await openPool(opening, config.databasePoolSize)
    if (config.rateLimits) opened.unshift(keepClearing(pool, logger))
    const write = await openWriter(opening)
    const leases = await lease(opening, config)
    opened.unshift(leases)
    const store = createEventStore(pool, write)
    const isStopping = () => stopping
    const mayRead = leases.held
    const app = await buildApp({
      config,
      pool,
      store,
      notifications: followLog(opening),
      log: logger,
      isStopping,
      mayRead,
    })
    const url = await listen(app, config)
    const close = () => {
      stopping = true
      stopped ??= stop(app, opened, config.shutdownSeconds)
      return stopped
    }
    return { url, close }
  } catch (error) {
    for (const each of opened) await each.close()
    throw error
  }
}

interface Closing {
  close(): Promise<void>
}

interface Opening {
  readonly databaseUrl: string
  readonly log: Logger
  readonly sockets: Sockets
  /** What there is to close, the latest first. */
  readonly opened: Closing[]
}

async function openPool({ databaseUrl, log, sockets, opened }: Opening, size: number) {
  const onError = (err: Error) => log.warn({ err }, 'an idle connection to the database was lost')
  const pool = await openServicePool({ databaseUrl, size, readTables, onError, sockets })
  opened.unshift({ close: () => pool.end() })
  return pool
}

/** The writer has a connection of its own, so that no query is ever before it. */
async function openWriter(opening: Opening): Promise<Write> {
  const { log, opened } = opening
  const pool = await openPool(opening, 1)
  const onTrouble = (err: unknown) => log.warn({ err }, 'a batch is not appended yet; trying again')
  const writer = createWriter({ pool, onTrouble })
  opened.unshift(writer)
  return writer.write
}

/** Over a connection of its own, opened when somebody listens; `db/machinery/01-log/2-guards.sql` notifies. */
function followLog({ databaseUrl, log, sockets }: Opening): Notifications {
  const onTrouble = (err: unknown) => log.warn({ err }, 'the log is not followed; trying again')
  return createNotifications({
    databaseUrl: serviceUrl(databaseUrl),
    channel: 'epistle_log',
    onTrouble,
    sockets,
  })
}

/**
 * So that no table is retired while it is read here. Theirs is the one connection with a heartbeat: when
 * it is lost, the others may be as dead and have not noticed.
 */
function lease({ databaseUrl, log, sockets }: Opening, { host, port }: Config): Promise<Leases> {
  return holdLeases({
    databaseUrl: serviceUrl(databaseUrl),
    tables: readTables,
    holder: `epistle serve ${host}:${port}, process ${process.pid}`,
    onChange: (held, reason) => {
      if (held) log.info('the leases on the read tables are held again')
      else {
        log.warn({ err: reason }, 'the leases on the read tables are lost; nothing is read')
        sockets.destroyAll()
      }
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
async function stop(app: App, then: readonly Closing[], seconds: number): Promise<void> {
  const impatience = setTimeout(() => app.server.closeAllConnections(), seconds * 1000)
  try {
    await app.close()
  } finally {
    clearTimeout(impatience)
    for (const each of then) await each.close()
  }
}
