/**
 * Work: from a database and a configuration to a worker that does what processes have to do, and
 * back to nothing. As `serve.ts` is for requests: under the service role, with leases on what it
 * reads, however many of them there are.
 */

import { resolve } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { createTokenSource } from './features/account-recovery/token-source.ts'
import { createEventStore } from './platform/event-store/event-store.ts'
import { createLog } from './platform/http/logging.ts'
import { createMailer } from './platform/mail/mailer.ts'
import { holdLeases, type Leases } from './platform/read-models/serve/leases.ts'
import { slots, startWorker } from './platform/task-queue/worker.ts'
import { createHandlers, readTables } from './process-managers.ts'
import { openServicePool, serviceUrl } from './service-pool.ts'

export interface WorkOptions {
  readonly config: Config
  readonly databaseUrl: string
  /** Standard output, unless somebody wants to read along. */
  readonly log?: Logger
}

export interface Working {
  /** Where mails go: an SMTP server's name, or a folder. */
  readonly mails: string
  /** Takes no new task, finishes what runs, leaves the database. */
  close(): Promise<void>
}

/** Starts to work. Throws ServeError or NotLiveError, whose message says what to do. */
export async function work({ config, databaseUrl, log }: WorkOptions): Promise<Working> {
  const logger = log ?? createLog(config.logLevel)
  const pool = await openServicePool({
    databaseUrl,
    size: 2 * slots,
    readTables,
    onError: (err) => logger.warn({ err }, 'an idle connection to the database was lost'),
  })
  try {
    const leases = await lease(databaseUrl, logger)
    const { mails, links, sendMail } = openMail(config, logger)
    const handlers = createHandlers({
      pool,
      store: createEventStore(pool),
      sendMail,
      tokens: createTokenSource(),
      hashCost: config.hashCost,
      publicUrl: links,
    })
    const worker = startWorker({ pool, handlers, mayWork: leases.held, log: logger })
    logger.info({ mails, links }, 'working')
    const stop = async () => {
      await worker.close(config.shutdownSeconds)
      await leases.close()
      await pool.end()
    }
    let stopped: Promise<void> | undefined
    return {
      mails,
      close: () => {
        stopped ??= stop()
        return stopped
      },
    }
  } catch (error) {
    await pool.end()
    throw error
  }
}

/** How mails are sent, where they go (without the login that may be in the URL), and their links. */
function openMail({ host, port, smtpUrl, publicUrl, mailFrom, mailOutbox }: Config, log: Logger) {
  // Where one tries it, that is the server itself.
  const links = publicUrl ?? `http://${host}:${port}`
  if (smtpUrl !== undefined && publicUrl === undefined) {
    log.warn({ links }, 'PUBLIC_URL is not set: links in mails lead to where nobody else may be')
  }
  const outbox = resolve(import.meta.dirname, '..', mailOutbox)
  const onWritten = (file: string) => log.info({ file }, 'SMTP_URL is not set: a mail was written')
  return {
    links,
    mails: smtpUrl === undefined ? outbox : new URL(smtpUrl).host,
    sendMail: createMailer({ smtpUrl, from: mailFrom, outbox, onWritten }),
  }
}

/** So that no table is retired while a process reads it. */
function lease(databaseUrl: string, log: Logger): Promise<Leases> {
  return holdLeases({
    databaseUrl: serviceUrl(databaseUrl),
    tables: readTables,
    holder: `epistle work, process ${process.pid}`,
    onChange: (held, reason) => {
      if (held) log.info('the leases on the read tables are held again')
      else log.warn({ err: reason }, 'the leases on the read tables are lost; no task is taken')
    },
  })
}
