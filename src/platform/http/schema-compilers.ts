/**
 * Compiles zod schemas into request validators and response serializers.
 *
 * Zod parses requests; its issues become the `errors` of `validation_failed`, at most `MAX_ERRORS` of
 * them. fast-json-stringify writes responses, compiled once from the JSON Schema of the zod schema, so
 * a response contains only fields of its schema, and no value is validated a second time.
 */

import fastJsonStringify from 'fast-json-stringify'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import { z } from 'zod'
import type { FieldError } from './problems/field-faults.ts'
import { faultOf, ownWords } from './problems/issue-faults.ts'
import { Problem } from './problems/problem.ts'
import { firstErrors, shorten } from './problems/validation-errors.ts'

/** Parses one part of the request and passes on the value that zod returns. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  if (httpPart === 'headers' && isOptionalTexts(schema)) return (value: unknown) => ({ value })
  const place = httpPart === 'body' ? inBody : inParameter
  const unknown = httpPart === 'body' ? 'unknown field' : 'unknown parameter'
  return (data: unknown) => {
    const repeated = httpPart === 'querystring' ? firstErrors(repetitions(data as object)) : []
    const result = repeated.length > 0 ? undefined : schema.safeParse(data, ownWords)
    if (result?.success) return { value: result.data }
    const errors = result
      ? firstErrors(validationErrors(result.error.issues, place, unknown))
      : repeated
    return { error: new Problem('validation_failed', { errors }) }
  }
}

/** Node passes every header as a text, so there is nothing to check. */
function isOptionalTexts(schema: z.ZodType): boolean {
  if (!(schema instanceof z.ZodObject)) return false
  const members = Object.values(schema.shape)
  return members.every((it) => it instanceof z.ZodOptional && it.unwrap() instanceof z.ZodString)
}

/** Writes a response by its schema. A missing required member is a fault of the server (500). */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType> = ({ schema }) =>
  fastJsonStringify(jsonSchema(schema) as fastJsonStringify.Schema, {
    ajv: { formats: { unsafe: true } },
  })

const plainFormats = new Set<string | undefined>(['uuid', 'date-time'])

function jsonSchema(schema: z.ZodType) {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date') {
        Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
      }
      // Ids and times have no characters to escape. Looking for them would take half of the time for a page.
      else if (plainFormats.has(jsonSchema.format)) jsonSchema.format = 'unsafe'
    },
  })
}

type Place = (path: readonly PropertyKey[]) => Pick<FieldError, 'pointer' | 'parameter'>

const inBody: Place = (path) => ({ pointer: path.map((key) => `/${escapeKey(key)}`).join('') })
const inParameter: Place = (path) => ({ parameter: String(path[0] ?? '') })

/** One error for each issue, and one for each unknown key of an object. */
function* validationErrors(
  issues: readonly z.core.$ZodIssue[],
  place: Place,
  unknown: string,
): Generator<FieldError> {
  for (const issue of issues) {
    const { path } = issue
    const fault = faultOf(issue)
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : undefined
    if (keys)
      for (const key of keys) {
        yield { ...place([...path, shorten(key)]), ...fault, message: unknown }
      }
    else yield { ...place(path), ...fault }
  }
}

/** The router collects a parameter that occurs more than once in an array. */
function* repetitions(query: object): Generator<FieldError> {
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value))
      yield { parameter: shorten(name), code: 'repeated', message: 'expected only one value' }
  }
}

/** RFC 6901: `~` and `/` in a key of a JSON pointer. */
function escapeKey(key: PropertyKey): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1')
}
