/**
 * `epistle work`: does what follows from events, until it is told to stop.
 */

import { loadConfig } from '../config.ts'
import { work } from '../work.ts'
import { untilStopped } from './until-stopped.ts'
import type { Verb } from './verb.ts'

export const workVerb: Verb = {
  summary: 'send mails, and do what else follows from events',
  help: `Usage: epistle work

Does what events have enqueued: sends mails by SMTP_URL (or writes them into MAIL_OUTBOX), welcomes new
users. What fails is tried again, at growing intervals, for more than four days. On SIGTERM or SIGINT
it takes nothing new, finishes what runs, and exits 0. Killed, it leaves its tasks to the next. Run one
or several on a database; without any, nothing is lost, and nothing is done.`,
  options: {},
  async run() {
    const config = loadConfig(process.env)
    await untilStopped(config, async ({ url }, opened) => {
      opened(await work({ config, databaseUrl: url }))
    })
  },
}
