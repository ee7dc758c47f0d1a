// Requests that a listening server refuses: each response has the form of every problem, and is noted as received.
import type { TAP as Tap } from 'tap'
import { problems } from '../../../src/platform/http/problems/catalogue.ts'
import { problemsWithoutErrors } from './problems-without-errors.ts'
import type { Served } from './served.ts'

interface Request {
  readonly token?: string
  /** Sent as JSON, or as it is if it is a string. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Another server. */
  readonly via?: Served['send']
}

/** Returns a function that sends `METHOD /path`, expects this problem and adds its code to `seen`. */
export function problemsOf(send: Served['send'], seen: Set<string>) {
  return async (
    t: Pick<Tap, 'equal' | 'match'>,
    code: keyof typeof problems,
    request: string,
    { token, body, headers = {}, via = send }: Request = {},
  ) => {
    const [method = '', path = ''] = request.split(' ')
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
    const response = await via(path, {
      method,
      headers,
      ...(token && { token }),
      ...(text !== undefined && { body: text }),
    })
    const problem = (await response.json()) as Record<string, unknown>
    t.equal(problem.code, code, `${request} is ${code}`)
    t.equal(response.status, problems[code].status)
    t.equal(response.headers.get('content-type'), 'application/problem+json')
    t.match(problem, { type: `/problems/${code}`, status: response.status, title: String })
    t.equal('errors' in problem, !(code in problemsWithoutErrors), `errors of ${code}`)
    t.equal(response.headers.has('retry-after'), 'retryAfter' in problems[code], 'Retry-After')
    seen.add(code)
    return { problem, headers: response.headers }
  }
}
