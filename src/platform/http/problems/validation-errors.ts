/**
 * The `errors` of a problem, limited in number and length: enough to correct a request, too few for a
 * small request to cause a large response. Errors beyond the limit are never built.
 */

import type { FieldError } from './field-faults.ts'

/** More than any request of the API has fields. */
export const MAX_ERRORS = 20
/** Longer than any field name of the API, so a shortened name is never a valid one. */
const MAX_NAME_LENGTH = 64

/** The first `MAX_ERRORS` errors; no more are taken from the iterator. */
export function firstErrors(errors: Iterable<FieldError>): readonly FieldError[] {
  const first: FieldError[] = []
  for (const error of errors) if (first.push(error) === MAX_ERRORS) break
  return first
}

/** A client's field name, short enough for a response. */
export function shorten(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name
  return `${name.slice(0, MAX_NAME_LENGTH).toWellFormed()}…`
}
