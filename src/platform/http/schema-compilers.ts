/**
 * From zod schemas to what the server runs: checks of what comes in, serialisers of what goes out.
 *
 * Requests are parsed by zod, whose faults become the `errors` of `validation_failed`, bounded
 * however many there are. Answers are written by fast-json-stringify, compiled once from the JSON
 * Schema of the zod schema: only what the schema names gets out, and nothing is checked twice.
 */

import fastJsonStringify from 'fast-json-stringify'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import { z } from 'zod'
import { Problem, type ValidationError } from './problems/problem.ts'
import { firstErrors, shorten } from './problems/validation-errors.ts'

/** Parses a part of the request, and hands on what zod made of it. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const place = httpPart === 'body' ? inBody : inParameter
  return (data: unknown) => {
    const repeated = httpPart === 'querystring' ? firstErrors(repetitions(data as object)) : []
    const result = repeated.length > 0 ? undefined : schema.safeParse(data, { error: unknownKeys })
    if (result?.success) return { value: result.data }
    const errors = result ? firstErrors(validationErrors(result.error.issues, place)) : repeated
    return { error: new Problem('validation_failed', { errors }) }
  }
}

/** Keeps zod from a message that lists every key. */
const unknownKeys: z.core.$ZodErrorMap = ({ code }) =>
  code === 'unrecognized_keys' ? 'is not known' : undefined

/** Writes an answer in the shape of its schema; a member that is missing is our fault, and 500. */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType> = ({ schema }) =>
  fastJsonStringify(jsonSchema(schema) as fastJsonStringify.Schema)

function jsonSchema(schema: z.ZodType) {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date') {
        Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
      }
    },
  })
}

type Place = (path: readonly PropertyKey[]) => Omit<ValidationError, 'message'>

const inBody: Place = (path) => ({ pointer: path.map((key) => `/${escapeKey(key)}`).join('') })
const inParameter: Place = (path) => ({ parameter: String(path[0] ?? '') })

/** One fault for each issue, and for each key where an object has keys that nobody knows. */
function* validationErrors(
  issues: readonly z.core.$ZodIssue[],
  place: Place,
): Generator<ValidationError> {
  for (const issue of issues) {
    const { path, message } = issue
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : undefined
    if (keys) for (const key of keys) yield { ...place([...path, shorten(key)]), message }
    else yield { ...place(path), message }
  }
}

/** The router gathers a parameter that is given more than once into an array. */
function* repetitions(query: object): Generator<ValidationError> {
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) yield { parameter: shorten(name), message: 'is given more than once' }
  }
}

/** RFC 6901: `~` and `/` in a key of a JSON pointer. */
function escapeKey(key: PropertyKey): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1')
}
