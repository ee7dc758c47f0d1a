/**
 * The headers that belong to the status of a problem. `error-handler.ts` adds them to every problem that it
 * sends, and the OpenAPI document lists them, so no route has to remember them.
 *
 * Sources: RFC 9110 (401 in 15.5.2, 405 in 15.5.6, 415 in 15.5.16, `Retry-After` in 10.2.3), RFC 6750 (3) for the
 * challenge, RFC 6585 (4) for 429, RFC 5789 (2.2) for `Accept-Patch` and W3C LDP (7.1) for `Accept-Post`.
 */

import type { Problem } from './problem.ts'

/** What the headers depend on, apart from the problem. */
export interface ProblemContext {
  readonly method: string
  /** The methods of the requested path; empty when there is no such path. */
  readonly allowed: readonly string[]
}

/** The value of a header; undefined when this request needs none. */
type Value = (context: ProblemContext) => string | undefined

const json = 'application/json'
const aSecond = () => '1'

const byStatus: Readonly<Record<number, Readonly<Record<string, Value>>>> = {
  401: { 'WWW-Authenticate': () => challenge() },
  405: { Allow: ({ allowed }) => allowed.join(', ') },
  415: {
    Accept: () => json,
    'Accept-Post': ({ method }) => (method === 'POST' ? json : undefined),
    'Accept-Patch': ({ method }) => (method === 'PATCH' ? json : undefined),
  },
  429: { 'Retry-After': aSecond },
  503: { 'Retry-After': aSecond },
}

/** The names of the headers that a problem with this status can have. */
export function headerNames(status: number): readonly string[] {
  return Object.keys(byStatus[status] ?? {})
}

/** All headers of a problem: those of its status, and its own, which win. */
export function headersOf(problem: Problem, context: ProblemContext): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(byStatus[problem.status] ?? {})) {
    const text = value(context)
    if (text !== undefined) headers[name] = text
  }
  return { ...headers, ...problem.headers }
}

/** A challenge. RFC 6750 requires at least one parameter, and permits `error` only after a Bearer token. */
export function challenge(error?: 'invalid_token'): string {
  return `Bearer realm="Epistle"${error ? `, error="${error}"` : ''}`
}
