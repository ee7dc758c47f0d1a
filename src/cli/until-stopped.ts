/**
 * Runs a service until a signal stops it. Everything that it opened, the database first, is closed in the
 * opposite order, even when the signal arrives while the service is starting.
 */

import closeWithGrace from 'close-with-grace'
import { closeOnce } from '../close-once.ts'
import type { Config } from '../config.ts'
import { flushSpans } from '../platform/tracing.ts'
import { type Database, openDatabase } from './connect.ts'
import { stopOnSignal, stopSignals } from './signals.ts'
import { printError } from './verb.ts'

/** How long the embedded database may take to stop after the service has stopped, ms. */
const databaseStopMs = 20_000

/** Something that must be closed before the process ends. */
interface Closing {
  close(): Promise<void>
}

/** Opens the database and calls `begin`, which passes everything it opens to `opened`. */
export async function untilStopped(
  config: Config,
  begin: (database: Database, opened: (closing: Closing) => void) => Promise<void>,
): Promise<void> {
  const open = new AsyncDisposableStack()
  const closeAll = closeOnce(open)
  const keep = (closing: Closing): void => {
    if (!open.disposed) open.defer(() => closing.close())
    // A signal has closed the rest, and the process ends without waiting for this.
    else closing.close().catch(printError)
  }
  const listeners = closeWithGrace(
    { delay: config.shutdownSeconds * 1000 + databaseStopMs, logger: false, skip: stopSignals },
    async ({ err }) => {
      if (err) printError(err)
      await closeAll()
      await flushSpans()
    },
  )
  stopOnSignal(() => listeners.close())
  try {
    const database = await openDatabase(config, true)
    keep(database)
    await begin(database, keep)
  } catch (error) {
    listeners.uninstall()
    await closeAll()
    throw error
  }
}
