/**
 * Conditional requests (RFC 9110, 13): the version of a stream is its entity tag.
 *
 * `If-Match` and `If-None-Match` are always optional, and every operation evaluates them, except a GET whose response
 * has no entity tag. One on a versioned resource declares `conditionHeaders` and checks `precondition` against the version that it was decided on.
 * `evaluateConditions` does the rest: responses to GET and HEAD, and changes of what has no version. The other
 * conditions need a date of last modification, which no resource has, so they are ignored (13.1.3 and 13.1.4).
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { problems } from '../problems/catalogue.ts'
import { Problem, validationFailed } from '../problems/problem.ts'

/**
 * The strong entity tag of a stream's version: `"3"`. A `variant` names what other streams have added to the
 * representation: `"3.read"`. It makes a cached copy outdated, and no change.
 */
export function etag(version: number, variant?: string): string {
  return `"${version}${variant === undefined ? '' : `.${variant}`}"`
}

/** The headers of a conditional operation, for its `schema.headers`. */
export const conditionHeaders = z.looseObject({
  'if-match': z.string().optional().meta({
    description: 'Run the request only if the current `ETag` is one of these',
    example: '"3"',
  }),
  'if-none-match': z
    .string()
    .optional()
    .meta({
      description:
        'Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any ' +
        'other method 412',
      example: '"3"',
    }),
})

/** Throws `version_mismatch` unless the conditions hold for this version; 0: there is no such resource. */
export type Precondition = (version: number) => void

/** The conditions of a request. Throws `validation_failed` if a header is malformed. */
export function precondition(request: ConditionalRequest): Precondition {
  const { ifMatch, ifNoneMatch } = conditionsOf(request)
  const conditions = { ifMatch: versionsOf(ifMatch), ifNoneMatch: versionsOf(ifNoneMatch) }
  return (version) => check(conditions, version > 0, version > 0 ? etag(version) : undefined)
}

/** The same for a resource without an entity tag: only `*` can match it, if it exists. */
export function existenceCondition(request: ConditionalRequest): (exists: boolean) => void {
  const conditions = conditionsOf(request)
  return (exists) => check(conditions, exists, undefined)
}

/** Evaluates conditions wherever a route does not do so itself. Call it before the first route is added. */
export function evaluateConditions(app: App): void {
  app.addHook('onRoute', (route) => {
    const { method, config, schema } = route
    const hasTag = config?.headers?.includes('ETag')
    // A file that is served by a library has one route for both.
    if ([method].flat().every((each) => each === 'GET' || each === 'HEAD')) {
      if (hasTag) route.schema = { ...schema, headers: conditionHeaders }
    } else if (schema && !declaresConditions(schema.headers)) {
      route.preHandler = [checkExisting, route.preHandler ?? []].flat()
    }
  })
  app.addHook('onSend', (request, reply, payload, done) =>
    done(null, sendConditionally(request, reply, payload)),
  )
}

/** The target of a change exists: otherwise the response is 404. */
function checkExisting(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  existenceCondition(request)(true)
  done()
}

function declaresConditions(headers: unknown): boolean {
  return headers instanceof z.ZodObject && 'if-match' in headers.shape
}

/** Makes a successful response to GET or HEAD 304 or 412 if the conditions do not hold for its tag. */
function sendConditionally(request: FastifyRequest, reply: FastifyReply, payload: unknown) {
  const { method } = request
  const tag = reply.getHeader('etag')
  const reading = (method === 'GET' || method === 'HEAD') && reply.statusCode === 200
  // The library that sends files has evaluated the conditions before it opened the stream.
  if (!reading || typeof tag !== 'string' || typeof payload !== 'string') return payload
  const conditions = conditionsOf(request)
  if (!matches(conditions.ifMatch, true, tag)) throw mismatch('If-Match', tag)
  if (!conditions.ifNoneMatch || !matches(conditions.ifNoneMatch, true, weakly(tag))) return payload
  reply.code(304)
  // The response to HEAD keeps its length: the framework computes it from the payload.
  if (method === 'HEAD') return payload
  reply.removeHeader('content-type')
  return null
}

/** The headers that `conditionHeaders` declares. */
export interface ConditionHeaders {
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
}

interface ConditionalRequest {
  readonly headers: ConditionHeaders
}

/** The tags of a header; those of `If-None-Match` without `W/`, because it compares weakly (8.8.3.2). */
type Tags = '*' | readonly string[]

interface Conditions {
  readonly ifMatch: Tags | undefined
  readonly ifNoneMatch: Tags | undefined
}

function conditionsOf({ headers }: ConditionalRequest): Conditions {
  const ifNoneMatch = parseTags('If-None-Match', headers['if-none-match'])
  return {
    ifMatch: parseTags('If-Match', headers['if-match']),
    ifNoneMatch: ifNoneMatch === '*' ? '*' : ifNoneMatch?.map(weakly),
  }
}

/** In the order of 13.2.2. A weak tag in `If-Match` keeps its `W/`, so it never matches a strong one. */
function check(
  { ifMatch, ifNoneMatch }: Conditions,
  exists: boolean,
  tag: string | undefined,
): void {
  if (!matches(ifMatch, exists, tag)) throw mismatch('If-Match', tag)
  if (ifNoneMatch && matches(ifNoneMatch, exists, tag)) throw mismatch('If-None-Match', tag)
}

function matches(tags: Tags | undefined, exists: boolean, tag: string | undefined): boolean {
  if (tags === undefined) return true
  return tags === '*' ? exists : tag !== undefined && tags.includes(tag)
}

function mismatch(header: 'If-Match' | 'If-None-Match', tag: string | undefined): Problem {
  const detail = `The current version is ${header === 'If-Match' ? 'not ' : ''}in \`${header}\`.`
  const fault = { code: 'version_mismatch', message: problems.version_mismatch.title } as const
  return new Problem('version_mismatch', {
    detail: `${detail} Read the resource again.`,
    errors: [{ parameter: header, ...fault }],
    ...(tag && { headers: { ETag: tag } }),
  })
}

/** The tags without their variants. */
function versionsOf(tags: Tags | undefined): Tags | undefined {
  if (tags === undefined || tags === '*') return tags
  return tags.map((tag) => tag.replace(/^"(\d+)\.\w+"$/, '"$1"'))
}

function weakly(tag: string): string {
  return tag.replace(/^W\//, '')
}

const tag = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/
const tags = new RegExp(`^[ \\t,]*${tag.source}(?:[ \\t]*,[ \\t,]*${tag.source})*[ \\t,]*$`)

function parseTags(parameter: string, header: string | undefined): Tags | undefined {
  if (header === undefined) return undefined
  if (header.trim() === '*') return '*'
  if (!tags.test(header)) {
    const params = { format: 'entity-tag' }
    const message = 'expected entity tags or *'
    throw validationFailed({ parameter, code: 'invalid_format', params, message })
  }
  return header.match(new RegExp(tag.source, 'g')) ?? []
}
