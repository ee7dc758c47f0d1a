/** How long a client waits before it tries again, and a wait that can be aborted. */

/** The longest wait without `Retry-After`, ms. */
const longestMs = 30_000

/**
 * How long to wait (ms) before the try that follows `failures` failed ones. Without `Retry-After`, waits double from
 * `firstMs`. All have jitter, so that clients that failed together do not come back together.
 */
export function waitBefore(failures: number, firstMs: number, retryAfterMs?: number): number {
  if (retryAfterMs !== undefined) return retryAfterMs + Math.random() * 250
  const wait = Math.min(firstMs * 2 ** Math.max(0, failures - 1), longestMs)
  return wait / 2 + (Math.random() * wait) / 2
}

/** What a response's `Retry-After` asks for, ms: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(response: Response): number | undefined {
  const value = response.headers.get('Retry-After')?.trim()
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** Resolves after `ms`. Rejects with the signal's reason as soon as it is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal.addEventListener('abort', abort, { once: true })
  })
}
