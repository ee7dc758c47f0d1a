/**
 * The `errors` of a problem, bounded: enough to mend a request by, too few to make a small request
 * a large answer. What is left out is never built.
 */

import type { ValidationError } from './problem.ts'

/** More than any request of ours has fields; nobody mends the twenty-first first. */
export const MAX_ERRORS = 20
/** Longer than any name of ours, so a name that is cut is not one. */
const MAX_NAME_LENGTH = 64

/** The first faults of however many there are; only those are taken from the iterator. */
export function firstErrors(errors: Iterable<ValidationError>): readonly ValidationError[] {
  const first: ValidationError[] = []
  for (const error of errors) if (first.push(error) === MAX_ERRORS) break
  return first
}

/** A name that the caller made up, short enough to be told back. */
export function shorten(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name
  return `${name.slice(0, MAX_NAME_LENGTH).toWellFormed()}…`
}
