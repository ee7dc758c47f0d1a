/**
 * Schemas of strings, ids and instants in requests.
 *
 * Every string of a request uses `text`, which rejects U+0000 (PostgreSQL cannot store it) and lone
 * surrogates (they are not characters). Lengths are counted in code points, as in JSON Schema; each
 * feature sets its own limits. A string that is far too long is rejected by its `length`, before
 * its characters are read.
 */

import { z } from 'zod'
import { codePoints, exceeds } from '../code-points.ts'
import { parseRfc3339 } from '../rfc3339.ts'

interface Limits {
  /** Minimum and maximum number of code points, both inclusive. */
  readonly min?: number
  readonly max?: number
  /** Whether white space around the string is removed before its length is checked. */
  readonly trim?: boolean
}

/** A string of well-formed Unicode without U+0000, with its length in code points. */
export function text({ min = 0, max, trim = false }: Limits = {}): z.ZodString {
  const given = z.string('expected a string')
  return (trim ? given.trim() : given)
    .refine((value) => fits(value, min, max), { error: lengthMessage(min, max), abort: true })
    .refine((value) => value.isWellFormed() && !value.includes('\u0000'), {
      error: 'must not contain U+0000 or lone surrogates',
      abort: true,
    })
    .meta({ ...(min > 0 && { minLength: min }), ...(max !== undefined && { maxLength: max }) })
}

/** A UUID of any version, in either case; parsed to lower case. */
export const uuid = z.guid('expected a UUID').toLowerCase().meta({ format: 'uuid' })

/** An instant in RFC 3339 with any offset, parsed to a Date; finer than a millisecond is cut off. */
export const instant = z
  .string()
  .transform((value, context) => {
    const date = parseRfc3339(value)
    if (date) return date
    const message = 'expected an RFC 3339 date and time, e.g. 2026-01-31T12:00:00Z'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .meta({ format: 'date-time' })

/** The parameters of a path that ends in an id. */
export const idParams = z.strictObject({ id: uuid })

/** The code points number between half and all of the code units, so most strings need no count. */
function fits(value: string, min: number, max = Number.POSITIVE_INFINITY): boolean {
  if (value.length < min || exceeds(value, max)) return false
  return value.length / 2 >= min || codePoints(value) >= min
}

function lengthMessage(min: number, max?: number): string {
  if (max === undefined) return `expected at least ${min} characters`
  return min > 0 ? `expected ${min} to ${max} characters` : `expected at most ${max} characters`
}
