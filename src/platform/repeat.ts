/**
 * Repeats background work until it is closed: at once, and then after each interval. One run ends before the
 * next begins, and a failure ends no repetition.
 */

/** Repeats `run` every `ms`. `close` resolves when the last run has ended. */
export function repeat(ms: number, run: () => Promise<unknown>, onFailure: (err: unknown) => void) {
  let running: Promise<unknown> | undefined
  const start = () => {
    running ??= run()
      .catch(onFailure)
      .finally(() => {
        running = undefined
      })
  }
  const timer = setInterval(start, ms)
  start()
  return {
    async close() {
      clearInterval(timer)
      await running
    },
  }
}
