/**
 * Failures as they are thrown and answered: a code of `problem-catalogue.ts`, and what is to be said
 * about this very occurrence.
 */

import { type ProblemCode, problems } from './catalogue.ts'

/** One fault of a request: where (`pointer` into the body, or `parameter`) and what. */
export interface ValidationError {
  readonly pointer?: string
  readonly parameter?: string
  readonly message: string
}

interface ProblemOptions {
  /** A sentence about this very occurrence; nothing internal, nothing secret. */
  readonly detail?: string
  readonly errors?: readonly ValidationError[]
  /** Further members of the answer, e.g. what a refusal is about. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds, instead of the catalogue's. */
  readonly retryAfter?: number
  readonly cause?: unknown
}

/** A failure to be answered as it is: `throw new Problem('not_found')`. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body of the answer, after RFC 9457. */
  readonly document: ProblemDocument

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const { title, status, retryAfter } = problems[code]
    const { detail, errors, members } = options
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
      ...members,
    }
  }
}

/** What is answered, as `application/problem+json`. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  readonly errors?: readonly ValidationError[]
}

/** `validation_failed` for one fault that no schema can find. */
export function validationFailed(error: ValidationError): Problem {
  return new Problem('validation_failed', { errors: [error] })
}
