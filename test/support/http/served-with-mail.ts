// A complete server, an SMTP server that keeps the received e-mails, and workers on demand.
import { loadConfig } from '../../../src/config.ts'
import { work } from '../../../src/work.ts'
import type { Finishing } from '../database.ts'
import { untilNoTasksLeft } from '../no-tasks-left.ts'
import { type StepIn, smtpServer } from '../smtp-server.ts'
import { workEnv } from '../working.ts'
import { served } from './served.ts'

export async function servedWithMail(
  t: Finishing,
  env: Record<string, string> = {},
  stepIn?: StepIn,
) {
  const smtp = await smtpServer(t, stepIn)
  const service = await served(t, env)
  const { databaseUrl, log } = service
  const config = loadConfig({ ...workEnv(smtp.url), ...env })
  /** Starts a worker; `close` stops it before the test ends. */
  const startWorker = async () => {
    const working = await work({ config, databaseUrl, log })
    t.teardown(() => working.close())
    return working
  }
  return { ...service, ...smtp, startWorker, untilNoTasksLeft: () => untilNoTasksLeft(databaseUrl) }
}
