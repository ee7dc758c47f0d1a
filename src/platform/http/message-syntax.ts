/**
 * What RFC 9112 requires of a request and Node's parser lets pass: the forms of the request target (3.2), one
 * valid `Host` (3.2), the version (2.3), and `chunked` as the only transfer coding (6.1). And one `Authorization` at
 * most (RFC 9110, 5.3).
 *
 * `rewriteTarget` gives the router a path in every case. An invalid target has the path `*`, which no route has,
 * so that such a request passes the hooks of every other one and gets their headers.
 */

import type { IncomingMessage } from 'node:http'
import type { Fault } from './problems/field-faults.ts'
import { Problem, validationFailed } from './problems/problem.ts'

/** RFC 3986, 3.2.2 and 3.2.3: a name, an IPv4 address or an IP literal, and a port. */
const authority = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d*)?$/i
const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/is
/** A path without percent-encoding, query or fragment: in origin form, and valid. */
const plainPath = /^\/[\w./-]*$/

const broken = new WeakMap<IncomingMessage, Problem>()

/** The target in origin form; `*` for `OPTIONS *` and for a target that `syntaxProblem` reports. */
export function rewriteTarget(request: IncomingMessage): string {
  const target = request.url ?? ''
  if (plainPath.test(target)) return target
  if (target === '*' && request.method === 'OPTIONS') return target
  const [, host, rest = ''] = absoluteForm.exec(target) ?? []
  const path = host === undefined ? target : rest.startsWith('/') ? rest : `/${rest}`
  const invalid = targetProblem(path, host)
  if (invalid) {
    broken.set(request, invalid)
    return '*'
  }
  // The host of the target replaces the header's (RFC 9112, 3.2.2).
  if (host !== undefined) request.headers.host = host
  return path
}

/** The problem with the syntax of a request, if any. */
export function syntaxProblem(request: IncomingMessage): Problem | undefined {
  const { httpVersion, headers } = request
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return new Problem('http_version_not_supported', { headers: close })
  }
  return fieldProblem(request) ?? broken.get(request) ?? transferProblem(headers, httpVersion)
}

const close = { Connection: 'close' }

function malformed(detail: string): Problem {
  return new Problem('malformed_request', { detail, headers: close })
}

/** The fault of a path or a query parameter. */
export const notPercentEncoded: Fault = {
  code: 'invalid_format',
  params: { format: 'percent-encoding' },
  message: 'expected percent-encoded UTF-8',
}

function targetProblem(path: string, host: string | undefined): Problem | undefined {
  if (host !== undefined && !authority.test(host)) {
    return malformed('The request target has no valid host.')
  }
  if (!path.startsWith('/')) return malformed('The request target is neither a path nor a URL.')
  if (path.includes('#')) return malformed('Send the URL without its fragment, the part after `#`.')
  if (isDecodable(path.split('?', 1)[0] ?? '')) return undefined
  return validationFailed({ parameter: 'path', ...notPercentEncoded })
}

/**
 * Of these fields Node keeps only the first; the others are in the raw headers. Of two `Authorization` a proxy may
 * have checked the other one.
 */
function fieldProblem({ rawHeaders, httpVersion }: IncomingMessage): Problem | undefined {
  let host: string | undefined
  let isAuthorized = false
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n]?.toLowerCase()
    if (name === 'authorization') {
      if (isAuthorized) return malformed('Send only one Authorization header.')
      isAuthorized = true
    } else if (name === 'host') {
      if (host !== undefined) return malformed('Send only one Host header.')
      host = rawHeaders[n + 1] ?? ''
    }
  }
  return hostProblem(host, httpVersion)
}

function hostProblem(host: string | undefined, httpVersion: string): Problem | undefined {
  if (host === undefined) {
    return httpVersion === '1.0' ? undefined : malformed('Send a Host header.')
  }
  return host === '' || authority.test(host) ? undefined : malformed('The Host is not valid.')
}

function transferProblem(
  { 'transfer-encoding': coding }: IncomingMessage['headers'],
  httpVersion: string,
): Problem | undefined {
  if (coding === undefined) return undefined
  if (httpVersion === '1.0') return malformed('HTTP/1.0 has no Transfer-Encoding.')
  if (coding.toLowerCase() === 'chunked') return undefined
  const detail = 'Send the body without transfer coding, or with `chunked`.'
  return new Problem('not_implemented', { detail, headers: close })
}

/** Whether a text is percent-encoded UTF-8. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
