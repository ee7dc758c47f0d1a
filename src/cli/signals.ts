/**
 * Being told to stop: by a terminal, by whoever runs the process, by a terminal that closes.
 */

export const stopSignals: ('SIGINT' | 'SIGTERM' | 'SIGHUP')[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * The first signal stops, a later one ends at once. Ctrl-C arrives twice under npm, from the terminal
 * and from npm, which is one signal and not a second (close-with-grace cannot tell them apart).
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

/** Somebody stopped a command before its end. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError'
}

/** Settles as the work does; throws StoppedError at the first signal, while the work goes on. */
export function unlessStopped<T>(work: Promise<T>): Promise<T> {
  const stopped = Promise.withResolvers<never>()
  stopOnSignal((signal) =>
    stopped.reject(
      new StoppedError(
        `stopped by ${signal}; no copy of a table is left, and the command can be run again`,
      ),
    ),
  )
  return Promise.race([work, stopped.promise])
}
