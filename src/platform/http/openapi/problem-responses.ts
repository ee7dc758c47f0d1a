/**
 * Problems in the OpenAPI document: one schema, one response for each code, and the error responses
 * of an operation, grouped by status.
 */

import { type ProblemCode, problems } from '../problems/catalogue.ts'
import { faultCodes } from '../problems/field-faults.ts'
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

const problemSchema = {
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
    code: { ...string, enum: Object.keys(problems), description: 'A stable code for programs' },
    detail: { ...string, description: 'What happened in this case, and what to do' },
    errors: {
      type: 'array',
      description: 'What is invalid in the request, and where; at most 20 entries',
      items: { $ref: '#/components/schemas/FieldError' },
    },
  },
}

/** Response headers, by name. */
export const headerComponents = {
  Location: {
    description: 'The path of the new resource, relative to this server',
    schema: { ...string, format: 'uri-reference' },
  },
  ETag: { description: 'The current version, for `If-Match`', schema: string, example: '"3"' },
  'Epistle-Position': {
    description:
      'A position in the log, in decimal. After a command: of the last event that it appended. After GET: of ' +
      'the last event that the response shows; it shows every event up to there',
    schema: string,
    example: '42',
  },
  'Retry-After': {
    description: 'How many seconds to wait before a retry',
    schema: { type: 'integer' },
  },
  RateLimit: {
    description: 'What is left of the limit (`r`), and in how many seconds it is refilled (`t`)',
    schema: string,
    example: '"sending";r=0;t=3',
  },
  'RateLimit-Policy': {
    description:
      'The limit that was reached: quota (`q`) per window of seconds (`w`), or of concurrent requests',
    schema: string,
    example: '"sending";q=200;w=40',
  },
  'WWW-Authenticate': { description: 'How to authenticate (RFC 6750)', schema: string },
  Accept: { description: 'The media type that the body must have', schema: string },
  'Accept-Post': { description: 'The same as `Accept`, in responses to POST', schema: string },
  'Accept-Patch': { description: 'The same as `Accept`, in responses to PATCH', schema: string },
  'Accept-Encoding': {
    description: 'Present if the content coding of the body is the reason',
    schema: string,
    example: 'identity',
  },
}

/** The components that the problems of a document need. */
export function problemComponents(codes: readonly ProblemCode[]) {
  return {
    schemas: { Problem: problemSchema, FieldError: fieldErrorSchema },
    responses: Object.fromEntries(codes.map((code) => [code, responseOf([code])])),
    examples: Object.fromEntries(
      codes.map((code) => {
        const { title, status } = problems[code]
        return [code, { summary: title, value: { type: `/problems/${code}`, title, status, code } }]
      }),
    ),
  }
}

/** The error responses of an operation for its problem codes, by status. */
export function problemResponses(codes: readonly ProblemCode[]): Record<string, object> {
  const byStatus = Map.groupBy(codes, (code) => problems[code].status)
  const entries = [...byStatus].map(([status, [first, ...more]]) => [
    status,
    more.length === 0
      ? { $ref: `#/components/responses/${first}` }
      : responseOf([first as ProblemCode, ...more].sort()),
  ])
  return Object.fromEntries(entries)
}

function responseOf(codes: readonly ProblemCode[]): object {
  const headers = new Set(codes.flatMap((code) => headerNames(problems[code].status)))
  if (codes.includes('unsupported_media_type')) headers.add('Accept-Encoding')
  if (codes.includes('too_many_requests')) headers.add('RateLimit').add('RateLimit-Policy')
  const refs = [...headers].map((name) => [name, { $ref: `#/components/headers/${name}` }])
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('; '),
    ...(refs.length > 0 && { headers: Object.fromEntries(refs) }),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              required: ['code'],
              properties: { code: { ...string, enum: codes } },
            },
          ],
        },
        examples: Object.fromEntries(examples),
      },
    },
  }
}
