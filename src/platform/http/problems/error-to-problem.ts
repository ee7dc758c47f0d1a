/**
 * Which problem an error means: from whatever was thrown to what the caller is told.
 *
 * Promises that nothing internal gets out: only a Problem's own words, and the `reason` that a
 * domain error states for people. What it does not recognise is `internal`.
 */

import { RejectedError } from '../../event-store/errors.ts'
import { TooManyRequestsError } from '../../rate-limits/errors.ts'
import { tooManyRequests } from '../rate-limit-fields.ts'
import { isProblemCode, type ProblemCode } from './catalogue.ts'
import { Problem, validationFailed } from './problem.ts'

/** The problem to answer with when this was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof TooManyRequestsError) return tooManyRequests(error.limit, error)
  const code = codeOf(error)
  if (isProblemCode(code)) return domainProblem(code, error)
  if (error instanceof RejectedError) return new Problem('conflict', { cause: error })
  if (isUnavailability(error)) return new Problem('unavailable', { detail: away, cause: error })
  return callersFault(error) ?? new Problem('internal', { cause: error })
}

const away = 'The database cannot be reached, or cannot do this, at the moment.'

/** Statuses of the framework and its plugins for which there is a code; a file kept back is none. */
const codesOfStatuses: Readonly<Record<number, ProblemCode>> = {
  403: 'not_found',
  404: 'not_found',
  412: 'version_mismatch',
  413: 'too_large',
  415: 'unsupported_media_type',
}

/** What the framework or a plugin blames on the caller is not our fault; its words are not used. */
function callersFault(error: unknown): Problem | undefined {
  const status = (error as { statusCode?: unknown } | null | undefined)?.statusCode
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined
  if (status === 416) {
    return validationFailed({ parameter: 'Range', message: 'lies outside of what there is' })
  }
  return new Problem(codesOfStatuses[status] ?? 'malformed_request', { cause: error })
}

function domainProblem(code: Problem['code'], error: unknown): Problem {
  const { reason } = error as { reason?: unknown }
  return new Problem(code, {
    cause: error,
    ...(typeof reason === 'string' && { detail: reason }),
  })
}

/**
 * SQLSTATEs (PostgreSQL, appendix A) that pass by themselves or when an operator acts, with nothing
 * wrong in the statement: connections (08), authorisation and database (28, 3D), resources (53), an
 * administrator's or a timeout's intervention (57), a standby (25006), a lock not had in time.
 */
const passing =
  /^(?:08...|28...|3D000|53...|57...|25006|25P03|25P04|40001|40P01|55P03|EAI_AGAIN|ENOTFOUND|E(?:CONN(?:REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH))$/

/** What pg and its pool throw without any code. */
const lost =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after calling end|The server does not support SSL)/i

/** Whether the database could not be reached or could not serve, so that later is better. */
function isUnavailability(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError && error.errors.some(isUnavailability)) return true
  const { code, syscall, severity } = error as NodeJS.ErrnoException & { severity?: string }
  // PostgreSQL ended the connection, or never let it begin.
  if (severity === 'FATAL' || severity === 'PANIC') return true
  // A missing or forbidden unix socket is a database that does not run.
  if (syscall === 'connect') return true
  return code === undefined ? lost.test(error.message) : passing.test(code)
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}
