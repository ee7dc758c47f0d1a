/** How long a client waits before it tries again, and a wait that can be aborted. */

import { thisWindow } from './browser.ts'

/** The longest wait without `Retry-After`, ms. */
const longestMs = 30_000

export interface Wait {
  readonly ms: number
  /** Whether the server has asked for it. Any other wait ends early when a browser is online again. */
  readonly isAsked: boolean
}

/**
 * How long to wait before the try that follows `failures` failed ones. Without `Retry-After`, waits double from
 * `firstMs`. All have jitter, so that clients that failed together do not come back together.
 */
export function waitBefore(failures: number, firstMs: number, retryAfterMs?: number): Wait {
  if (retryAfterMs !== undefined) {
    return { ms: retryAfterMs + Math.random() * 250, isAsked: true }
  }
  const ms = Math.min(firstMs * 2 ** Math.max(0, failures - 1), longestMs)
  return { ms: ms / 2 + (Math.random() * ms) / 2, isAsked: false }
}

/** What a response's `Retry-After` asks for, ms: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(response: Response): number | undefined {
  const value = response.headers.get('Retry-After')?.trim()
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** Resolves when the wait has ended. Rejects with the signal's reason as soon as it is aborted. */
export function pause({ ms, isAsked }: Wait, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const over = new AbortController()
    const end = (settle: () => void) => () => {
      clearTimeout(timer)
      over.abort()
      settle()
    }
    const timer = setTimeout(end(resolve), ms)
    const once = { once: true, signal: over.signal }
    signal.addEventListener(
      'abort',
      end(() => reject(signal.reason)),
      once,
    )
    if (!isAsked) thisWindow()?.addEventListener('online', end(resolve), once)
  })
}
