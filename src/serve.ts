/**
 * Serve: from a database and a configuration to a listening server, and back to nothing.
 *
 * It starts only when it can do its work (the service role taken, every read table live), and it stops
 * without breaking off a request. Signals are the command line's business.
 */

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import manifest from '../package.json' with { type: 'json' }
import { type AppDeps, buildApp, readTables } from './app.ts'
import { closeOnce } from './close-once.ts'
import type { Config } from './config.ts'
import { loadAccountLetters } from './features/account-recovery/letters.ts'
import { closeApp, listen } from './listen.ts'
import { followLog } from './notifications.ts'
import { openAdmin } from './open-admin.ts'
import { openStandbys } from './open-standbys.ts'
import type { Write } from './platform/event-store/append.ts'
import { createEventStore } from './platform/event-store/event-store.ts'
import { HeldConnection } from './platform/event-store/writer/held-connection.ts'
import { createWriter } from './platform/event-store/writer/writer.ts'
import { createLog } from './platform/http/logging.ts'
import { connections } from './platform/metrics/measurements.ts'
import { Sockets } from './platform/postgres/sockets.ts'
import { keepClearing } from './platform/rate-limits/clearing.ts'
import type { Standbys } from './platform/standby-reads/standbys.ts'
import { takeServiceLeases } from './service-leases.ts'
import {
  checkPooler,
  lostIdleConnection,
  openReplayClient,
  openServiceClient,
  openServicePool,
  orRefuse,
} from './service-pool.ts'
import { authority } from './setting-formats.ts'

export interface ServeOptions {
  readonly config: Config
  readonly databaseUrl: string
  /** Standard output when absent. */
  readonly log?: Logger
  /** How many batches the writer has on their way at once; for benches, which compare numbers of them. */
  readonly batchesOnTheirWay?: number
}

export interface Server {
  /** The address it listens on, e.g. `http://127.0.0.1:3000`. */
  readonly url: string
  /** The address of its admin port; undefined where ADMIN_PORT is not set. */
  readonly adminUrl: string | undefined
  /**
   * Stops: `/readyz` answers 503, no new connection is accepted, running requests finish, then the database
   * connections close. Idempotent.
   */
  close(): Promise<void>
}

/** Starts a server. Throws ServeError or LettersError, whose message explains what to do, and leaves nothing open. */
export async function serve({ config, databaseUrl, log, ...more }: ServeOptions): Promise<Server> {
  await using opening = new AsyncDisposableStack()
  const logger = log ?? createLog(config.logLevel)
  const assembly = { databaseUrl, log: logger, sockets: new Sockets(), opened: opening }
  logger.info({ version: manifest.version }, 'the server is starting')
  opening.defer(() => logger.info('the server has stopped'))
  let stopping = false
  const { languages } = await loadAccountLetters(config)
  await checkPooler(databaseUrl)
  const pool = await openPool(assembly, config.databasePoolSize)
  const sessionPool = await openPool(assembly, 1)
  if (config.rateLimits) closeWith(opening, keepClearing(pool, logger))
  const write = await openWriter(assembly, config, more)
  const { host, port } = config
  const leases = await takeServiceLeases({
    ...assembly,
    tables: readTables,
    holder: `epistle serve ${authority(host, port)}`,
    meanwhile: 'rejecting reads until they are back',
  })
  closeWith(opening, leases)
  const standbys = await openStandbys({ config, primary: pool, readTables, ...assembly })
  const state = {
    pool,
    sessionPool,
    log: logger,
    isStopping: () => stopping,
    mayRead: leases.held,
    notifications: followLog(assembly),
    standbys,
  }
  const app = await buildApp({ config, store: createEventStore(pool, write), languages, ...state })
  // It stays open while the public port finishes its requests.
  const adminUrl = await openAdminOf(config, assembly, { ...state, name: leases.name })
  opening.defer(() => closeApp(app, config.shutdownSeconds))
  const url = await listen(app, { host, port, name: 'listening', settings: 'PORT or HOST' })
  logger.info({ url }, 'the server is ready')
  opening.defer(() => logger.info('the server begins to stop'))
  const closeAll = closeOnce(opening.move())
  const close = () => {
    stopping = true
    return closeAll()
  }
  return { url, adminUrl, close }
}

interface State extends Pick<AppDeps, 'isStopping' | 'mayRead' | 'notifications'> {
  readonly name: string
  readonly pool: Pool
  readonly sessionPool: Pool
  readonly log: Logger
  readonly standbys: Standbys
}

function openAdminOf(config: Config, assembly: Assembly, state: State) {
  return openAdmin(config, assembly.opened, {
    ...{ ...state, readTables, standbys: state.standbys.all },
    pools: { queries: state.pool, sessions: state.sessionPool },
    openPool: (size) => openPool(assembly, size),
    openReplay: () => openReplayClient(assembly.databaseUrl, assembly.sockets),
    sockets: assembly.sockets,
  })
}

interface Assembly {
  readonly databaseUrl: string
  readonly log: Logger
  readonly sockets: Sockets
  /** Closes what was opened, in reverse order. */
  readonly opened: AsyncDisposableStack
}

function closeWith<T extends { close(): Promise<void> }>(opened: AsyncDisposableStack, it: T): T {
  return opened.adopt(it, (resource) => resource.close())
}

async function openPool({ databaseUrl, log, sockets, opened }: Assembly, size: number) {
  const pool = await openServicePool({ databaseUrl, size, readTables, log, sockets })
  return opened.adopt(pool, () => pool.end())
}

/**
 * The writer has a connection of its own, so an append never waits behind a query. It opens at once, while the
 * database has room for it.
 */
async function openWriter(
  { databaseUrl, log, sockets, opened }: Assembly,
  config: Config,
  { batchesOnTheirWay }: Pick<ServeOptions, 'batchesOnTheirWay'>,
): Promise<Write> {
  const connection = new HeldConnection({
    open: () => openServiceClient(databaseUrl, sockets),
    onIdleLoss: (err) => log.warn({ err }, lostIdleConnection),
  })
  opened.defer(connections.writer.open.add(() => Number(connection.isOpen)))
  opened.defer(connections.writer.idle.add(() => Number(connection.isIdle)))
  const onTrouble = (err: unknown) => log.warn({ err }, 'a batch could not be appended; retrying')
  const patienceMs = config.appendPatienceSeconds * 1000
  const settings = { patienceMs, ...(batchesOnTheirWay && { batchesOnTheirWay }) }
  const { write } = closeWith(opened, createWriter({ connection, onTrouble, ...settings }))
  await orRefuse(connection.open())
  return write
}
