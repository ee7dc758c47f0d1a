// A whole server with a worker beside it, and an SMTP server that keeps what it sends.
import { loadConfig } from '../../src/config.ts'
import { work } from '../../src/work.ts'
import type { Finishing } from '../database.ts'
import { served } from '../http/served.ts'
import { type StepIn, smtpServer } from '../mail/smtp.ts'
import { workEnv } from '../processes/working.ts'
import { settled } from '../settled.ts'

export async function servedWithMail(
  t: Finishing,
  env: Record<string, string> = {},
  stepIn?: StepIn,
) {
  const smtp = await smtpServer(t, stepIn)
  const service = await served(t, env)
  const { databaseUrl, log } = service
  const config = loadConfig({ ...workEnv(smtp.url), ...env })
  /** Another worker; `close` stops it before the test ends. */
  const startWorker = async () => {
    const working = await work({ config, databaseUrl, log })
    t.teardown(() => working.close())
    return working
  }
  return { ...service, ...smtp, startWorker, settled: () => settled(databaseUrl) }
}
