/**
 * `epistle serve`: serves HTTP until a signal stops it.
 */

import { loadConfig } from '../config.ts'
import { untilStopped } from './until-stopped.ts'
import type { Verb } from './verb.ts'

export const serveVerb: Verb = {
  summary: 'serve HTTP',
  help: `Usage: epistle serve

Serves HTTP on HOST and PORT. Refuses to start if a read table it needs is not live. On SIGTERM or
SIGINT it accepts no new requests, finishes those in progress, and exits 0. You can run any number of
servers on one database. Background tasks, such as e-mail, are run by \`epistle work\`.`,
  options: {},
  async run() {
    const config = loadConfig(process.env)
    const { serve } = await import('../serve.ts') // not needed by the other commands
    await untilStopped(config, async ({ url }, opened) => {
      opened(await serve({ config, databaseUrl: url }))
    })
  },
}
