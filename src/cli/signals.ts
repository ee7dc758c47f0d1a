/**
 * Signals that stop a command: Ctrl-C (SIGINT), a supervisor (SIGTERM), a terminal that closes (SIGHUP).
 */

export const stopSignals: ('SIGINT' | 'SIGTERM' | 'SIGHUP')[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Calls `stop` at the first signal and ends the process at a later one. Under npm, Ctrl-C arrives twice, from
 * the terminal and from npm. Both count as one signal if they arrive within a second; close-with-grace
 * would treat them as two.
 */
export function stopOnSignal(stop: (signal: string) => void): void {
  let since: number | undefined
  for (const signal of stopSignals) {
    process.on(signal, () => {
      if (since === undefined) {
        since = Date.now()
        stop(signal)
      } else if (Date.now() - since > 1_000) process.exit(1)
    })
  }
}

/** A signal stopped a command before it had finished. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError'
}

/** Settles as `work` does, but throws StoppedError at the first signal; `work` itself goes on. */
export function unlessStopped<T>(work: Promise<T>): Promise<T> {
  const stopped = Promise.withResolvers<never>()
  stopOnSignal((signal) =>
    stopped.reject(
      new StoppedError(
        `stopped by ${signal}; no copy of a table is left, and you can run the command again`,
      ),
    ),
  )
  return Promise.race([work, stopped.promise])
}
