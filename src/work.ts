/**
 * Work: from a database and a configuration to a worker that runs the process managers' tasks, and back to
 * nothing. Like `serve.ts` it runs under the service role and holds leases on the tables it reads. Any
 * number of workers can run on one database.
 */

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import manifest from '../package.json' with { type: 'json' }
import { closeOnce } from './close-once.ts'
import type { Config } from './config.ts'
import { type AccountLetters, loadAccountLetters } from './features/account-recovery/letters.ts'
import { createTokenSource } from './features/account-recovery/token-source.ts'
import { followLog, followTasks } from './notifications.ts'
import { adminTables, openAdmin } from './open-admin.ts'
import { createEventStore } from './platform/event-store/event-store.ts'
import type { HealthDeps } from './platform/http/health.ts'
import { createLog } from './platform/http/logging.ts'
import { createMailQuotas, unlimitedMails } from './platform/mail/mail-quotas.ts'
import { createMailer } from './platform/mail/mailer.ts'
import { Sockets } from './platform/postgres/sockets.ts'
import { forgetLeft } from './platform/read-models/forget/forget.ts'
import { repeat } from './platform/repeat.ts'
import { clearGivenUpTasks } from './platform/task-queue/failed-tasks.ts'
import { slots, startWorker } from './platform/task-queue/worker.ts'
import { startSender, webhookSlots } from './platform/webhooks/sender.ts'
import { createHandlers, readTables } from './process-managers.ts'
import { feedReader } from './published-events.ts'
import { takeServiceLeases } from './service-leases.ts'
import { checkPooler, openReplayClient, openServicePool } from './service-pool.ts'
import { localUrl } from './setting-formats.ts'

const hourMs = 60 * 60 * 1000
/** Two groups of process managers, and webhooks. Each slot needs two. */
const poolSize = 2 * (2 * slots + webhookSlots)

export interface WorkOptions {
  readonly config: Config
  readonly databaseUrl: string
  /** The URL of the server in this process, for links in mails without PUBLIC_URL. */
  readonly serverUrl?: string
  /** Standard output when absent. */
  readonly log?: Logger
}

export interface Working {
  /** The address of its admin port; undefined where ADMIN_PORT is not set. */
  readonly adminUrl: string | undefined
  /** Where mail is sent: the host of the SMTP server, or a folder. */
  readonly mails: string
  /** Takes no new task, finishes the running ones, closes the database connections. Idempotent. */
  close(): Promise<void>
}

/** Starts a worker. Throws ServeError, LettersError or NotLiveError, whose message explains what to do. */
export async function work({
  config,
  databaseUrl,
  serverUrl = localUrl(config.host, config.port),
  log,
}: WorkOptions): Promise<Working> {
  await using opening = new AsyncDisposableStack()
  const logger = log ?? createLog(config.logLevel)
  logger.info({ version: manifest.version }, 'the worker is starting')
  opening.defer(() => logger.info('the worker has stopped'))
  const [letters] = await Promise.all([loadAccountLetters(config), checkPooler(databaseUrl)])
  const tables = [...new Set([...readTables, ...adminTables(config)])]
  const assembly = { databaseUrl, tables, log: logger, sockets: new Sockets(), opened: opening }
  const pool = await openPool(assembly, poolSize)
  const leases = await takeLeases(assembly)
  opening.defer(() => leases.close())
  opening.defer(() => assembly.sockets.destroyAll())
  let stopping = false
  const { name, held } = leases
  const state = { name, pool, log: logger, mayRead: held, isStopping: () => stopping }
  // It stays open while the worker finishes its tasks.
  const adminUrl = await openAdminOf(config, assembly, state)
  const { mails, links, handlers } = openHandlers({ config, letters, serverUrl, pool, log: logger })
  const running = startBoth(config, {
    pool,
    groups: [handlers.append, handlers.send],
    notifications: followTasks(assembly),
    mayWork: held,
    log: logger,
  })
  opening.defer(() => running.close(config.shutdownSeconds))
  const clearing = keepClearingTasks(pool, logger)
  opening.defer(() => clearing.close())
  logger.info({ mails, links }, 'the worker is ready')
  opening.defer(() => logger.info('the worker begins to stop'))
  const closeAll = closeOnce(opening.move())
  const close = () => {
    stopping = true
    return closeAll()
  }
  return { mails, adminUrl, close }
}

interface Assembly {
  readonly databaseUrl: string
  /** The read tables that must stay live. */
  readonly tables: readonly string[]
  readonly log: Logger
  /** Of all connections but those of tasks, which finish or fail by themselves. */
  readonly sockets: Sockets
  /** Closes what was opened, in reverse order. */
  readonly opened: AsyncDisposableStack
}

async function openPool(assembly: Assembly, size: number, sockets?: Sockets): Promise<Pool> {
  const { databaseUrl, tables, log, opened } = assembly
  const shared = sockets && { sockets }
  const pool = await openServicePool({ databaseUrl, size, readTables: tables, log, ...shared })
  return opened.adopt(pool, () => pool.end())
}

function takeLeases(assembly: Assembly) {
  const [holder, meanwhile] = ['epistle work', 'taking no task']
  return takeServiceLeases({ ...assembly, holder, meanwhile })
}

function openAdminOf(
  config: Config,
  assembly: Assembly,
  state: Pick<HealthDeps, 'mayRead' | 'isStopping'> & { name: string; pool: Pool; log: Logger },
) {
  return openAdmin(config, assembly.opened, {
    ...{ ...state, readTables: assembly.tables, pools: { tasks: state.pool } },
    openPool: (size) => openPool(assembly, size, assembly.sockets),
    openReplay: () => openReplayClient(assembly.databaseUrl, assembly.sockets),
    sockets: assembly.sockets,
    notifications: followLog(assembly),
  })
}

/** Starts to run tasks and to deliver webhooks. */
function startBoth(
  { webhookLoopback }: Config,
  options: Parameters<typeof startWorker>[0] & { readonly log: Logger },
): ReturnType<typeof startWorker> {
  const worker = startWorker(options)
  const sender = startSender({ ...options, reader: feedReader, allowLoopback: webhookLoopback })
  return {
    // At the same time, so that both together take no more than these seconds.
    close: async (seconds) => {
      await Promise.all([worker.close(seconds), sender.close(seconds)])
    },
  }
}

/** Deletes, once an hour, the tasks that were given up a month ago. */
function keepClearingTasks(pool: Pool, log: Logger): { close(): Promise<void> } {
  const trouble = 'tasks that were given up a month ago were not deleted; retrying in an hour'
  return repeat(
    hourMs,
    () => clearGivenUpTasks(pool),
    (err) => log.warn({ err }, trouble),
  )
}

interface HandlerOptions {
  readonly config: Config
  readonly letters: AccountLetters
  readonly serverUrl: string
  readonly pool: Pool
  readonly log: Logger
}

function openHandlers({ config, letters, serverUrl, pool, log }: HandlerOptions) {
  const { mails, links, sendMail } = openMail(config, serverUrl, log)
  const handlers = createHandlers({
    pool,
    store: createEventStore(pool),
    sendMail,
    letters,
    mayMail: config.rateLimits ? createMailQuotas(pool, log) : unlimitedMails,
    tokens: createTokenSource(),
    hashCost: config.hashCost,
    requireVerifiedEmail: config.requireVerifiedEmail,
    productName: config.productName,
    welcomeMessage: config.welcomeMessage,
    publicUrl: links,
    forgetLeft: leftUserEraser(config, pool),
  })
  return { mails, links, handlers }
}

/** Erases users who left, with what the configuration keeps of them. */
function leftUserEraser({ forgetMessages, forgetLedger }: Config, pool: Pool) {
  const kept = forgetMessages === 'author' ? (['messages'] as const) : []
  return async (leaving: string): Promise<boolean> => {
    const client = await pool.connect()
    try {
      return await forgetLeft(client, { leaving, kept }, forgetLedger)
    } finally {
      client.release()
    }
  }
}

/** The mailer, the place mail goes to (without the login in SMTP_URL), and the base URL of links. */
function openMail(config: Config, serverUrl: string, log: Logger) {
  const { smtpUrl, publicUrl, mailFrom, mailOutbox: outbox } = config
  const links = publicUrl ?? serverUrl
  if (publicUrl === undefined && links.endsWith(':0')) {
    log.warn('PORT is 0 and PUBLIC_URL is not set: links in e-mails lead nowhere; set PUBLIC_URL')
  } else if (publicUrl === undefined && smtpUrl !== undefined) {
    log.warn({ links }, 'PUBLIC_URL is not set: links in e-mails only work on this machine')
  }
  const onWritten = (file: string) =>
    log.info({ file }, 'SMTP_URL is not set: wrote an e-mail to a file')
  return {
    links,
    mails: smtpUrl === undefined ? outbox : new URL(smtpUrl).host,
    sendMail: createMailer({ smtpUrl, from: mailFrom, outbox, onWritten }),
  }
}
