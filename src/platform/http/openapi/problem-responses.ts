/**
 * Problems in the OpenAPI document: one schema, one response for each code, and for an operation the
 * responses of the codes it may fail with, gathered by status.
 */

import { type ProblemCode, problems } from '../problems/catalogue.ts'

const string = { type: 'string' }

const problemSchema = {
  type: 'object',
  description: 'A failure, after RFC 9457',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { ...string, format: 'uri-reference', description: '`/problems/<code>`, a page' },
    title: { ...string, description: 'What went wrong, the same for every problem of this code' },
    status: { type: 'integer', description: 'The HTTP status' },
    code: { ...string, enum: Object.keys(problems), description: 'What programs branch on' },
    detail: { ...string, description: 'What went wrong this time' },
    errors: {
      type: 'array',
      description: 'Each fault of the request, and where it is',
      items: {
        type: 'object',
        required: ['message'],
        properties: {
          pointer: { ...string, description: 'A JSON pointer into the body' },
          parameter: { ...string, description: 'A parameter of path or query, or a header' },
          message: string,
        },
      },
    },
  },
}

/** Headers of answers, by name. */
export const headerComponents = {
  Location: {
    description: 'Where what was made can be read, relative to this server',
    schema: { ...string, format: 'uri-reference' },
  },
  ETag: { description: 'The version, for `If-Match`', schema: string, example: '"3"' },
  'Epistle-Position': {
    description: 'The decimal position of the last event that the command appended to the log',
    schema: string,
    example: '42',
  },
  'Retry-After': { description: 'When to try again, in seconds', schema: { type: 'integer' } },
  RateLimit: {
    description: 'What is left of the limit, and for how many seconds there is no more',
    schema: string,
    example: '"sending";r=0;t=3',
  },
  'RateLimit-Policy': {
    description: 'The limit that is reached: how many within how many seconds, or at once',
    schema: string,
    example: '"sending";q=200;w=40',
  },
  'WWW-Authenticate': { description: 'How to authenticate (RFC 6750)', schema: string },
}

/** The components that the problems of a document need. */
export function problemComponents(codes: readonly ProblemCode[]) {
  return {
    schemas: { Problem: problemSchema },
    responses: Object.fromEntries(codes.map((code) => [code, responseOf([code])])),
    examples: Object.fromEntries(
      codes.map((code) => {
        const { title, status } = problems[code]
        return [code, { summary: title, value: { type: `/problems/${code}`, title, status, code } }]
      }),
    ),
  }
}

/** An operation's responses for the codes it may fail with, by status. */
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
  const headers = new Set<keyof typeof headerComponents>()
  if (codes.includes('unauthenticated')) headers.add('WWW-Authenticate')
  if (codes.some((code) => problems[code].retryAfter)) headers.add('Retry-After')
  if (codes.includes('too_many_requests')) headers.add('RateLimit').add('RateLimit-Policy')
  const refs = [...headers].map((name) => [name, { $ref: `#/components/headers/${name}` }])
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('; '),
    ...(refs.length > 0 && { headers: Object.fromEntries(refs) }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(examples),
      },
    },
  }
}
