/**
 * The fault that an issue of zod stands for. The message is the one that the schema gives, or a sentence of this
 * file: zod never writes one of its own, because `ownWords` is its error map.
 */

import type { z } from 'zod'
import type { Fault, FaultCode, FaultParams } from './field-faults.ts'

/** The options of every parse: zod writes no text, and an issue contains the value that is wrong. */
export const ownWords = { error: () => '', reportInput: true } as const

type Issue = z.core.$ZodIssue

/** The fault of an issue that is about one value. */
export function faultOf(issue: Issue): Fault {
  const { message, ...fault } = describe(issue)
  return { ...fault, message: issue.message || message }
}

function describe(issue: Issue): Fault {
  switch (issue.code) {
    case 'invalid_type':
      return isMissing(issue) ? required : wrongType(issue.expected)
    case 'invalid_value':
      return isMissing(issue) ? required : notOneOf(issue.values.map(String))
    case 'too_small':
      return outside(issue.origin, { min: Number(issue.minimum) })
    case 'too_big':
      return outside(issue.origin, { max: Number(issue.maximum) })
    case 'invalid_format':
      return invalidFormat(issue.format)
    case 'unrecognized_keys':
      return { code: 'unknown_field', message: 'unknown field' }
    case 'custom':
      return { message: 'invalid', ...(issue.params?.fault ?? { code: 'invalid_format' }) }
    default:
      return { code: 'wrong_type', message: 'expected another value' }
  }
}

/** JSON has no undefined, so a value that is undefined is not there. */
function isMissing({ input }: Issue): boolean {
  return input === undefined
}

const required: Fault = { code: 'required', message: 'this field is required' }

const namesOfTypes: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
  array: 'a list',
  object: 'an object',
}

function wrongType(type: string): Fault {
  const expected = type === 'int' ? 'integer' : type
  const message = `expected ${namesOfTypes[expected] ?? 'another type'}`
  return { code: 'wrong_type', params: { expected }, message }
}

function notOneOf(values: readonly string[]): Fault {
  return { code: 'not_one_of', params: { values }, message: `expected one of ${values.join(', ')}` }
}

function outside(
  origin: string,
  params: { readonly min: number } | { readonly max: number },
): Fault {
  const bound = 'min' in params ? `at least ${params.min}` : `at most ${params.max}`
  if (origin !== 'string' && origin !== 'array') {
    return { code: 'out_of_range', params, message: `expected ${bound}` }
  }
  const code: FaultCode = 'min' in params ? 'too_short' : 'too_long'
  const unit = origin === 'string' ? 'characters' : 'items'
  return { code, params, message: `expected ${bound} ${unit}` }
}

/** Only the patterns of our own schemas have no name: they limit the characters of a text. */
function invalidFormat(format: string): Fault {
  if (format === 'regex') {
    return { code: 'invalid_characters', message: 'contains characters that are not allowed' }
  }
  const params: FaultParams = { format: format === 'guid' ? 'uuid' : format }
  return { code: 'invalid_format', params, message: `expected the format ${params.format}` }
}
