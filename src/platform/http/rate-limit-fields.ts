/**
 * A reached limit as an answer: 429 with `Retry-After`, and the structured fields `RateLimit` and
 * `RateLimit-Policy` (IETF draft-ietf-httpapi-ratelimit-headers-10): which policy, its quota within its
 * window, or at once, nothing left, and for how long.
 */

import type { ReachedLimit } from '../rate-limits/errors.ts'
import { Problem } from './problems/problem.ts'

export function tooManyRequests(limit: ReachedLimit, cause: unknown): Problem {
  const { name, quota, seconds, waitMs } = limit
  // Rounded up, so that who comes then is not refused for a part of a second.
  const wait = Math.max(1, Math.ceil(waitMs / 1000))
  return new Problem('too_many_requests', {
    retryAfter: wait,
    headers: {
      'RateLimit-Policy': `"${name}";q=${quota};w=${seconds}`,
      RateLimit: `"${name}";r=0;t=${wait}`,
    },
    cause,
  })
}

/** So much is open at a time, and until some of it is closed there is no more. */
export function tooManyAtOnce(name: string, quota: number): Problem {
  return new Problem('too_many_requests', {
    headers: {
      'RateLimit-Policy': `"${name}";q=${quota};qu="concurrent-requests"`,
      RateLimit: `"${name}";r=0`,
    },
  })
}
