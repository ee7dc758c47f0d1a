/**
 * `epistle work`: runs background tasks until a signal stops it.
 */

import { loadConfig } from '../config.ts'
import { untilStopped } from './until-stopped.ts'
import type { Verb } from './verb.ts'

export const workVerb: Verb = {
  summary: 'run background tasks (e-mail, welcome message) and webhooks',
  help: `Usage: epistle work

Runs the tasks that events have enqueued: sends e-mail through SMTP_URL (or writes it to MAIL_OUTBOX),
and sends a welcome message to new users. It also sends events to the endpoints of \`epistle webhook\`.
Failed tasks are retried at growing intervals for more than four days; \`epistle tasks\` lists them.
On SIGTERM or SIGINT it takes no new task, finishes those in progress, and exits 0. If it is killed,
another worker runs its tasks again. Run one or several workers on a database; tasks and webhooks wait
until a worker runs.`,
  options: {},
  async run() {
    const config = loadConfig(process.env)
    const { work } = await import('../work.ts') // not needed by the other commands
    await untilStopped(config, async ({ url }, opened) => {
      opened(await work({ config, databaseUrl: url }))
    })
  },
}
