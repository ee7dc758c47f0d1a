/**
 * A failure as it is thrown and sent: a code of `catalogue.ts`, and the details of this occurrence.
 */

import { type ProblemCode, problems } from './catalogue.ts'
import type { FieldError } from './field-faults.ts'

interface ProblemOptions {
  /** A sentence about this occurrence, without internals and secrets. */
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds; replaces the catalogue's value. */
  readonly retryAfter?: number
  readonly cause?: unknown
}

/** A failure that is sent unchanged: `throw new Problem('not_found')`. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body of the response (RFC 9457). */
  readonly document: ProblemDocument

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const { title, status, retryAfter } = problems[code]
    const { detail, errors } = options
    super(detail ?? title, { cause: options.cause })
    const seconds = options.retryAfter ?? retryAfter
    this.code = code
    this.status = status
    this.headers = { ...(seconds && { 'Retry-After': String(seconds) }), ...options.headers }
    this.document = {
      type: `/problems/${code}`,
      title,
      status,
      code,
      ...(detail && { detail }),
      ...(errors && { errors }),
    }
  }
}

/** The response body, as `application/problem+json`. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  readonly errors?: readonly FieldError[]
}

/** `validation_failed` for one error that a schema cannot detect. */
export function validationFailed(error: FieldError): Problem {
  return new Problem('validation_failed', { errors: [error] })
}
