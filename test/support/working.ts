// The domain with a worker beside it, as `epistle work` runs one, and an SMTP server that keeps what
// it sends.
import { loadConfig } from '../../src/config.ts'
import { work } from '../../src/work.ts'
import type { Finishing } from './database.ts'
import { openDomain } from './domain.ts'
import { readableLog } from './http/bare-app.ts'
import { connect } from './installed.ts'
import { smtpServer } from './smtp-server.ts'
import { until } from './until.ts'

/** The settings of a worker that sends to this SMTP server. */
export function workEnv(smtpUrl: string): Record<string, string> {
  return {
    SMTP_URL: smtpUrl,
    MAIL_FROM: 'Epistle <post@epistle.example>',
    PUBLIC_URL: 'https://epistle.example/',
    SHUTDOWN_SECONDS: '5',
    ARGON2_MEMORY_KIB: '1024',
    ARGON2_PASSES: '1',
  }
}

export async function openWork(t: Finishing) {
  const domain = await openDomain(t)
  const smtp = await smtpServer(t)
  const db = await connect(t, domain.url)
  const { log, lines } = readableLog('info')
  const start = async () => {
    const config = loadConfig(workEnv(smtp.url))
    const working = await work({ config, databaseUrl: domain.url, log })
    t.teardown(() => working.close())
    return working
  }
  /** Waits until nothing is left to do. */
  const done = () =>
    until('all is done', async () => (await db.query('select from work.tasks')).rowCount === 0)
  return { ...domain, db, start, done, mailsTo: smtp.mailsTo, lines }
}
