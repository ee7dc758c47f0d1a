// The domain with a worker, as `epistle work` runs one, and an SMTP server that keeps the mails.
import { loadConfig } from '../../src/config.ts'
import { work } from '../../src/work.ts'
import type { Finishing } from './database.ts'
import { openDomain } from './domain.ts'
import { readableLog } from './http/bare-app.ts'
import { connect } from './installed.ts'
import { untilNoTasksLeft } from './no-tasks-left.ts'
import { smtpServer } from './smtp-server.ts'

/** The environment of a worker that sends mails to this SMTP server. */
export function workEnv(smtpUrl: string): Record<string, string> {
  return {
    SMTP_URL: smtpUrl,
    MAIL_FROM: 'Epistle <post@epistle.example>',
    PUBLIC_URL: 'https://epistle.example/',
    SHUTDOWN_SECONDS: '5',
    RATE_LIMITS: 'off',
    ARGON2_MEMORY_KIB: '1024',
    ARGON2_PASSES: '1',
  }
}

export async function openDomainWithMail(t: Finishing) {
  const domain = await openDomain(t)
  const smtp = await smtpServer(t)
  const db = await connect(t, domain.url)
  const { log, lines } = readableLog('info')
  const startWorker = async (env: Record<string, string> = {}) => {
    const config = loadConfig({ ...workEnv(smtp.url), ...env })
    const working = await work({ config, databaseUrl: domain.url, log })
    t.teardown(() => working.close())
    return working
  }
  return {
    ...domain,
    db,
    startWorker,
    untilNoTasksLeft: () => untilNoTasksLeft(domain.url),
    mailsTo: smtp.mailsTo,
    lines,
  }
}
