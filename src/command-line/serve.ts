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
    { delay: config.shutdownSeconds * 1000 + 1000, logger: false },
    async ({ err }) => {
      if (err) printError(err)
      for (const each of open.reverse()) await each.close()
    },
  )
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
