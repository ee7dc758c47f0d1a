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
import { type Fault, issueOf, refuseUnless } from './problems/field-faults.ts'

/** What would break a line, or reorder the text around it, wherever a name is shown. */
const breaksLine = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u

const notOneLine: Fault = {
  code: 'invalid_characters',
  message:
    'must not contain control characters, line breaks or characters that change the direction of text',
}

const notText: Fault = {
  code: 'invalid_characters',
  message: 'must not contain U+0000 or lone surrogates',
}

interface Limits {
  /** Minimum and maximum number of code points, both inclusive. */
  readonly min?: number
  readonly max?: number
  /** Whether white space around the string is removed before its length is checked. */
  readonly trim?: boolean
  /** Whether it is a name, which must stay on one line and leave the text around it in order. */
  readonly isName?: boolean
}

/** A string of well-formed Unicode without U+0000, with its length in code points. */
export function text({
  min = 0,
  max = Number.POSITIVE_INFINITY,
  trim = false,
  isName = false,
}: Limits = {}): z.ZodString {
  const given = z.string('expected a string')
  const message = lengthMessage(min, max)
  return (trim ? given.trim() : given)
    .check(
      refuseUnless((value) => !exceeds(value, max), { code: 'too_long', params: { max }, message }),
      refuseUnless((value) => has(value, min), { code: 'too_short', params: { min }, message }),
      refuseUnless((value) => value.isWellFormed() && !value.includes('\u0000'), notText),
      refuseUnless((value) => !isName || !breaksLine.test(value), notOneLine),
    )
    .meta({
      ...(min > 0 && { minLength: min }),
      ...(max < Number.POSITIVE_INFINITY && { maxLength: max }),
    })
}

/** A UUID of any version, in either case; parsed to lower case. */
export const uuid = z.guid('expected a UUID').toLowerCase().meta({ format: 'uuid' })

const notAnInstant: Fault = {
  code: 'invalid_format',
  params: { format: 'date-time' },
  message: 'expected an RFC 3339 date and time, e.g. 2026-01-31T12:00:00Z',
}

/** An instant in RFC 3339 with any offset, parsed to a Date; finer than a millisecond is cut off. */
export const instant = z
  .string()
  .transform((value, context) => {
    const date = parseRfc3339(value)
    if (date) return date
    context.addIssue(issueOf(notAnInstant))
    return z.NEVER
  })
  .meta({ format: 'date-time' })

/** The parameters of a path that ends in an id. */
export const idParams = z.strictObject({ id: uuid })

/** The code points number between half and all of the code units, so most strings need no count. */
function has(value: string, min: number): boolean {
  if (value.length < min) return false
  return value.length / 2 >= min || codePoints(value) >= min
}

function lengthMessage(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return `expected at least ${min} characters`
  return min > 0 ? `expected ${min} to ${max} characters` : `expected at most ${max} characters`
}
