/**
 * Strings and ids as a request may carry them.
 *
 * Every string that comes in goes through here, so none with U+0000 (PostgreSQL cannot keep it) or
 * half a surrogate pair (it is no character) gets further. Lengths are counted in code points, as
 * JSON Schema and people do; the features say how long their own strings may be. What is too long
 * by far is refused by its `length` alone, before anything looks at its characters.
 */

import { z } from 'zod'
import { codePoints, exceeds } from '../code-points.ts'

interface Limits {
  /** Least and greatest number of code points, both inclusive. */
  readonly min?: number
  readonly max?: number
}

/** A string of well-formed Unicode without U+0000, with its length in code points. */
export function text({ min = 0, max }: Limits = {}): z.ZodString {
  return z
    .string('expected a string')
    .refine((value) => fits(value, min, max), { error: tell(min, max), abort: true })
    .refine((value) => value.isWellFormed() && !value.includes('\u0000'), {
      error: 'contains U+0000 or half a surrogate pair',
      abort: true,
    })
    .meta({ ...(min > 0 && { minLength: min }), ...(max !== undefined && { maxLength: max }) })
}

/** A UUID of any version, in either case; handed on in lower case. */
export const uuid = z.guid('expected a UUID').toLowerCase().meta({ format: 'uuid' })

/** An instant, RFC 3339 with any offset, as a Date: what is finer than a millisecond is cut off. */
export const instant = z.iso
  .datetime({ offset: true, error: 'expected a date and time as RFC 3339 has them' })
  .transform((value) => new Date(value))

/** The path parameters of an address that ends in an id. */
export const idParams = z.strictObject({ id: uuid })

/** Code points lie between half the code units and all of them, so most strings need no count. */
function fits(value: string, min: number, max = Number.POSITIVE_INFINITY): boolean {
  if (value.length < min || exceeds(value, max)) return false
  return value.length / 2 >= min || codePoints(value) >= min
}

function tell(min: number, max?: number): string {
  if (max === undefined) return `expected at least ${min} characters`
  return min > 0 ? `expected ${min} to ${max} characters` : `expected at most ${max} characters`
}
