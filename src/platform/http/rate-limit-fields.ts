/**
 * The 429 response of a reached limit: `Retry-After`, `RateLimit` and `RateLimit-Policy` (IETF
 * draft-ietf-httpapi-ratelimit-headers-10). The fields contain the policy's name, its quota per window
 * or of concurrent requests, the rest (always 0) and the seconds to wait.
 */

import { measured } from '../metrics/measurements.ts'
import type { ReachedLimit } from '../rate-limits/errors.ts'
import { Problem } from './problems/problem.ts'

/** The problem for a limit per time window. */
export function tooManyRequests(limit: ReachedLimit, cause: unknown): Problem {
  const { name, quota, seconds, waitMs } = limit
  // Rounded up, so that a retry at that time is not rejected for a fraction of a second.
  const wait = Math.max(1, Math.ceil(waitMs / 1000))
  measured.limit.report({ name })
  return new Problem('too_many_requests', {
    detail: `Try again in ${textOf(wait)}.`,
    retryAfter: wait,
    headers: {
      'RateLimit-Policy': `"${name}";q=${quota};w=${seconds}`,
      RateLimit: `"${name}";r=0;t=${wait}`,
    },
    cause,
  })
}

/** The greatest unit of which there are at least two, rounded up. */
function textOf(seconds: number): string {
  const [unit, each] = units.find(([, size]) => seconds >= 2 * size) ?? (['second', 1] as const)
  const format = new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' })
  return format.format(Math.ceil(seconds / each))
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/**
 * The problem for a limit of concurrent requests, e.g. open streams. When one ends is unknown; `retryAfter`
 * (seconds) is a guess.
 */
export function tooManyAtOnce(name: string, quota: number, retryAfter?: number): Problem {
  measured.limit.report({ name })
  return new Problem('too_many_requests', {
    ...(retryAfter !== undefined && { retryAfter }),
    headers: {
      'RateLimit-Policy': `"${name}";q=${quota};qu="concurrent-requests"`,
      RateLimit: `"${name}";r=0`,
    },
  })
}
