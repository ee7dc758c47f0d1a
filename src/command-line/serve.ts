/**
 * `epistle serve`: answers requests until it is told to stop.
 */

import closeWithGrace from 'close-with-grace'
import { type Config, loadConfig } from '../config.ts'
import { serve } from '../serve.ts'
import { type Command, printError } from './command.ts'
import { type Database, openDatabase } from './connect.ts'

export const serveCommand: Command = {
  summary: 'serve HTTP on a database that has the releases',
  help: `Usage: epistle serve

Serves HTTP on HOST and PORT. Refuses to start where a read table it needs is not live. On SIGTERM or
SIGINT it stops accepting, finishes what runs, and exits 0. Run as many as you like on one database.`,
  options: {},
  async run() {
    await serveUntilStopped(loadConfig(process.env), async () => undefined)
  },
}

/** What is sent to stop a service: by a terminal, by whoever runs it, by a terminal that closes. */
const stopSignals: ('SIGINT' | 'SIGTERM' | 'SIGHUP')[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** How long the embedded database may take to stop after the service, ms. */
const databaseStopMs = 20_000

/**
 * The first signal stops, a later one ends at once. Ctrl-C arrives twice under npm, from the terminal
 * and from npm, which is one signal and not a second (close-with-grace cannot tell them apart).
 */
function stopOnSignal(stop: () => void): void {
  let since: number | undefined
  for (const signal of stopSignals) {
    process.on(signal, () => {
      if (since === undefined) {
        since = Date.now()
        stop()
      } else if (Date.now() - since > 1_000) process.exit(1)
    })
  }
}

/** Something that was opened and must be closed before the process ends. */
interface Closing {
  close(): Promise<void>
}

/**
 * Opens the database, prepares it, serves; and closes both, the database last, on the first signal.
 * Answers, once it listens, the base URL.
 */
export async function serveUntilStopped(
  config: Config,
  prepare: (database: Database) => Promise<void>,
): Promise<string> {
  const open: Closing[] = []
  // From here on a signal closes whatever is open by then, however far the start has come.
  const listeners = closeWithGrace(
    { delay: config.shutdownSeconds * 1000 + databaseStopMs, logger: false, skip: stopSignals },
    async ({ err }) => {
      if (err) printError(err)
      for (const each of open.reverse()) await each.close()
    },
  )
  stopOnSignal(listeners.close)
  try {
    const database = await openDatabase(config, true)
    open.push(database)
    await prepare(database)
    const server = await serve({ config, databaseUrl: database.url })
    open.push(server)
    return server.url
  } catch (error) {
    listeners.uninstall()
    for (const each of open.reverse()) await each.close()
    throw error
  }
}
