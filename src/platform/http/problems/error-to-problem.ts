/**
 * Maps a thrown error to the problem that is sent.
 *
 * It promises that no internals leave the server: a response contains only a Problem's own texts and
 * the `reason` of a domain error, which is written for users. An unrecognized error is `internal`.
 */

import { RejectedError } from '../../event-store/errors.ts'
import { TooManyWaitingError } from '../../overloaded-error.ts'
import { isUnavailability } from '../../postgres/query-errors.ts'
import { TooManyRequestsError } from '../../rate-limits/errors.ts'
import { tooManyAtOnce, tooManyRequests } from '../rate-limit-fields.ts'
import { isProblemCode, type ProblemCode } from './catalogue.ts'
import { Problem, validationFailed } from './problem.ts'
import { refusalErrors } from './refused-fields.ts'

/** The problem for a thrown value; `body` is that of the request, for the fields in `errors`. */
export function problemOf(error: unknown, body?: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof TooManyRequestsError) return tooManyRequests(error.limit, error)
  if (error instanceof TooManyWaitingError) return tooManyAtOnce(error.limit, error.quota, 1)
  const code = codeOf(error)
  if (isProblemCode(code)) return domainProblem(code, error, body)
  if (error instanceof RejectedError) return new Problem('conflict', { cause: error })
  if (isUnavailability(error))
    return new Problem('unavailable', { detail: databaseUnavailable, cause: error })
  return clientProblem(error) ?? new Problem('internal', { cause: error })
}

const databaseUnavailable = 'The database is unavailable at the moment. Try again.'

/** Codes for statuses of the framework and its plugins. A forbidden file (403) is `not_found`. */
const codesOfStatuses: Readonly<Record<number, ProblemCode>> = {
  403: 'not_found',
  404: 'not_found',
  412: 'version_mismatch',
  413: 'too_large',
  415: 'unsupported_media_type',
}

/** The problem for a 4xx error of the framework or a plugin, whose own message is not sent. */
function clientProblem(error: unknown): Problem | undefined {
  const status = (error as { statusCode?: unknown } | null | undefined)?.statusCode
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined
  if (status === 416) {
    const fault = { code: 'out_of_range', message: 'expected a range within the file' } as const
    return validationFailed({ parameter: 'Range', ...fault })
  }
  return new Problem(codesOfStatuses[status] ?? 'malformed_request', { cause: error })
}

function domainProblem(code: Problem['code'], error: unknown, body: unknown): Problem {
  const { reason } = error as { reason?: unknown }
  const errors = refusalErrors({ ...(error as object), code }, body)
  return new Problem(code, {
    cause: error,
    ...(errors.length > 0 && { errors }),
    ...(typeof reason === 'string' && { detail: reason }),
  })
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}
