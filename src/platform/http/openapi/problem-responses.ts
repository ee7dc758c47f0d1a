/**
 * Problems in the OpenAPI document: one schema and one response for each code, and the error responses of an operation,
 * grouped by status. A response with several codes is a union of their schemas, so that generators name each type once.
 */

import { type ProblemCode, type Problems, problems } from '../problems/catalogue.ts'
import { faultCodes } from '../problems/field-faults.ts'
import { httpProblems } from '../problems/http-problems.ts'
import { headerNames } from '../problems/required-headers.ts'

const string = { type: 'string' }

const paramSchema = {
  anyOf: [string, { type: 'integer' }, { type: 'array', items: string }],
}

const fieldErrorSchema = {
  type: 'object',
  description: 'What is wrong with a field, and where: either `pointer` or `parameter` is present',
  required: ['code', 'message'],
  properties: {
    pointer: { ...string, description: 'A JSON pointer into the body' },
    parameter: { ...string, description: 'The name of a path or query parameter, or of a header' },
    code: {
      ...string,
      enum: Object.keys(faultCodes),
      description: Object.entries(faultCodes)
        .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
        .join('\n'),
    },
    params: {
      type: 'object',
      description: 'The values that `code` refers to, such as `min`',
      additionalProperties: paramSchema,
    },
    message: { ...string, description: 'For people, in English' },
  },
}

const problemSchema = (codes: readonly ProblemCode[]) => ({
  type: 'object',
  description: 'An error (RFC 9457)',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: {
      ...string,
      format: 'uri-reference',
      description: '`/problems/<code>`, a page that explains the problem',
    },
    title: {
      ...string,
      description: 'What happened; the same text for every problem with this code',
    },
    status: { type: 'integer', description: 'The HTTP status' },
    code: { ...string, enum: codes, description: 'A stable code for programs' },
    detail: { ...string, description: 'What happened in this case, and what to do' },
    errors: {
      type: 'array',
      description: 'What is invalid in the request, and where; at most 20 entries',
      items: { $ref: '#/components/schemas/FieldError' },
    },
  },
})

/** The components that the problems of a document need, in the words of its server. `codes` are those of its operations. */
export function problemComponents(codes: readonly ProblemCode[], words: Problems) {
  const sent = new Set<string>([...codes, ...Object.keys(httpProblems)])
  const isSent = (code: ProblemCode) => sent.has(code)
  return {
    schemas: {
      Problem: problemSchema((Object.keys(problems) as ProblemCode[]).filter(isSent)),
      FieldError: fieldErrorSchema,
      ...Object.fromEntries(codes.map((code) => [schemaName(code), schemaOf(code, words)])),
    },
    responses: Object.fromEntries(codes.map((code) => [code, responseOf([code], words)])),
    examples: Object.fromEntries(
      codes.map((code) => {
        const { title, status } = words[code]
        return [code, { summary: title, value: { type: `/problems/${code}`, title, status, code } }]
      }),
    ),
  }
}

/** The error responses of an operation for its problem codes, by status, in the words of its server. */
export function problemResponses(
  codes: readonly ProblemCode[],
  words: Problems,
): Record<string, object> {
  const byStatus = Map.groupBy(codes, (code) => words[code].status)
  const entries = [...byStatus].map(([status, [first, ...more]]) => [
    status,
    more.length === 0
      ? { $ref: `#/components/responses/${first}` }
      : responseOf([first as ProblemCode, ...more].sort(), words),
  ])
  return Object.fromEntries(entries)
}

/** The name of a code's schema: `not_found` is a `NotFoundProblem`. */
function schemaName(code: ProblemCode): string {
  return `${code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Problem`
}

function schemaOf(code: ProblemCode, words: Problems): object {
  const own = {
    type: 'object',
    required: ['code'],
    properties: { code: { ...string, const: code } },
  }
  return {
    description: words[code].title,
    allOf: [{ $ref: '#/components/schemas/Problem' }, own],
  }
}

function responseOf(codes: readonly ProblemCode[], words: Problems): object {
  const headers = new Set(codes.flatMap((code) => headerNames(words[code].status)))
  if (codes.includes('unsupported_media_type')) headers.add('Accept-Encoding')
  if (codes.includes('too_many_requests')) headers.add('RateLimit').add('RateLimit-Policy')
  const refs = [...headers].map((name) => [name, { $ref: `#/components/headers/${name}` }])
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])
  const schemas = codes.map((code) => ({ $ref: `#/components/schemas/${schemaName(code)}` }))
  return {
    description: codes.map((code) => `\`${code}\`: ${words[code].title}`).join('; '),
    ...(refs.length > 0 && { headers: Object.fromEntries(refs) }),
    content: {
      'application/problem+json': {
        schema: schemas.length > 1 ? { oneOf: schemas } : schemas[0],
        examples: Object.fromEntries(examples),
      },
    },
  }
}
