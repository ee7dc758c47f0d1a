/**
 * `epistle serve`: answers requests until it is told to stop.
 */

import { loadConfig } from '../config.ts'
import { serve } from '../serve.ts'
import { untilStopped } from './until-stopped.ts'
import type { Verb } from './verb.ts'

export const serveVerb: Verb = {
  summary: 'serve HTTP on a database that has the releases',
  help: `Usage: epistle serve

Serves HTTP on HOST and PORT. Refuses to start where a read table it needs is not live. On SIGTERM or
SIGINT it stops accepting, finishes what runs, and exits 0. Run as many as you like on one database.
What follows from an answer, such as a mail, is done by \`epistle work\`.`,
  options: {},
  async run() {
    const config = loadConfig(process.env)
    await untilStopped(config, async ({ url }, opened) => {
      opened(await serve({ config, databaseUrl: url }))
    })
  },
}
