/**
 * The OpenAPI 3.1 document, generated from the schemas that validate requests and write responses.
 *
 * The problems of an operation come from its route's config and from its kind. Components are sorted,
 * so that the order of imports does not change the document.
 */

import { STATUS_CODES } from 'node:http'
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import type { RouteOptions } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { App } from '../app.ts'
import type { ProblemCode, Problems } from '../problems/catalogue.ts'
import type { About } from './about.ts'
import { type Bodies, type Content, nameBodies } from './named-schemas.ts'
import { problemComponents, problemResponses } from './problem-responses.ts'
import { type HeaderName, headerComponents } from './response-headers.ts'

/** Facts of a route's config, passed through the generator to `finish`. */
interface RouteFacts {
  readonly problems: readonly ProblemCode[]
  readonly headers: readonly HeaderName[]
  readonly optionalHeaders: readonly HeaderName[]
  readonly isConditional: boolean
}

/** An operation while its responses are completed. */
interface Operation extends Bodies {
  'x-route'?: RouteFacts
  parameters?: { in: string; name: string }[]
  responses: Record<string, Content & { description?: string | undefined; headers?: object }>
}

/** Makes `app.swagger()` return the document. Call it before any route is added. */
export async function describeOperations(app: App, about: About): Promise<void> {
  const { title, version, description, tags, securitySchemes } = about
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title,
        version,
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as never,
      },
      servers: [{ url: '/', description: 'The server that serves this document' }],
      tags: [...tags],
      components: { securitySchemes: securitySchemes as never },
    },
    transform: withFacts(about),
    transformObject: (document) =>
      finish(jsonSchemaTransformObject(document), app.problems) as never,
  })
}

/** All codes that the server can send: those of its operations, and those of requests that reach none. */
export function problemCodesOf(app: App): readonly ProblemCode[] {
  const { components } = app.swagger() as unknown as SentProblems
  return components.schemas.Problem.properties.code.enum
}

interface SentProblems {
  readonly components: {
    readonly schemas: {
      readonly Problem: { properties: { code: { enum: readonly ProblemCode[] } } }
    }
  }
}

const withFacts =
  (about: About): SwaggerTransform =>
  (given) => {
    const { schema, url } = jsonSchemaTransform(given as never)
    const { route } = given as unknown as { route: RouteOptions }
    const { headers = [], optionalHeaders = [] } = route.config ?? {}
    const facts: RouteFacts = {
      problems: problemsOf(route, about),
      headers,
      optionalHeaders,
      isConditional: isConditional(route),
    }
    return {
      url,
      schema: {
        ...schema,
        security: about.schemesOf(route.config ?? {}).map((name) => ({ [name]: [] })),
        'x-route': facts,
      } as never,
    }
  }

/** Whether the response is 304 when `If-None-Match` contains its `ETag`. */
function isConditional({ method, config }: RouteOptions): boolean {
  return method === 'GET' && (config?.headers ?? []).includes('ETag')
}

/** The problems in the route's config, and those of every route of its kind. */
function problemsOf(route: RouteOptions, about: About): ProblemCode[] {
  const { limit, reads, problems = [] } = route.config ?? {}
  const { body, params, querystring, headers } = route.schema ?? {}
  const all = new Set<ProblemCode>([...problems, ...about.problemsOf(route)])
  if (limit) all.add('too_many_requests')
  if (reads) all.add('too_many_requests').add('overloaded')
  if (body || params || querystring || headers) all.add('validation_failed')
  if (body) all.add('malformed_json').add('unsupported_media_type')
  // Also of a request that needs none: its body is not read.
  if (route.method !== 'GET') all.add('too_large')
  if (route.method !== 'GET' || isConditional(route)) all.add('version_mismatch')
  return [...all.add('internal')]
}

type Components = Record<string, Record<string, unknown>>

interface Document {
  paths: Record<string, Record<string, Operation>>
  components: Components
}

function finish(generated: object, words: Problems): Document {
  const document = withTrueBounds(generated) as Document
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
  const used = new Set<ProblemCode>()
  for (const operation of operations) {
    const { 'x-route': facts, responses } = operation
    if (!facts) continue
    delete operation['x-route']
    if (facts.isConditional) responses[304] = { description: STATUS_CODES[304] }
    describeResponses(responses, facts)
    capitalizeHeaders(operation.parameters)
    operation.responses = {
      ...allowNewMembers(responses),
      ...problemResponses(facts.problems, words),
    }
    for (const code of facts.problems) used.add(code)
  }
  const { schemas, ...others } = problemComponents([...used], words)
  const components = {
    ...document.components,
    ...others,
    schemas: { ...allowNewMembers(document.components.schemas ?? {}), ...schemas },
    headers: headerComponents,
  }
  nameBodies(operations, components.schemas)
  return { ...document, components: sortByName(onlyUsed(document.paths, components)) }
}

function describeResponses(responses: Operation['responses'], facts: RouteFacts): void {
  const always = facts.headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])
  const sometimes = facts.optionalHeaders.map((name) => {
    const { required: _, ...header } = headerComponents[name]
    return [name, header]
  })
  const headers = [...always, ...sometimes]
  for (const [status, response] of Object.entries(responses)) {
    if (response.description === 'Default Response') response.description = STATUS_CODES[status]
    // A 202 discloses no result, so it has no headers about one.
    if (headers.length === 0 || status === '202') continue
    response.headers = Object.fromEntries(headers)
  }
}

/**
 * Removes what the generator adds to every integer, the bounds of what JavaScript can count, and the pattern of a
 * known format.
 */
function withTrueBounds(schemas: object): object {
  return JSON.parse(JSON.stringify(schemas), (_key, value) => {
    if (value?.maximum === Number.MAX_SAFE_INTEGER) delete value.maximum
    if (value?.minimum === Number.MIN_SAFE_INTEGER) delete value.minimum
    if (value?.format && value.pattern) delete value.pattern
    return value
  })
}

/**
 * Makes the schemas of responses open: later releases may add members, so clients must accept them. All schemas
 * that the routes name belong to responses.
 */
function allowNewMembers<T extends object>(schemas: T): T {
  return JSON.parse(JSON.stringify(schemas), (_key, value) => {
    if (value?.additionalProperties === false) delete value.additionalProperties
    return value
  })
}

/** Writes header names as usual (`If-Match`, `Last-Event-ID`); the schemas use Node's lower-case names. */
function capitalizeHeaders(parameters: Operation['parameters'] = []): void {
  for (const parameter of parameters) {
    if (parameter.in !== 'header') continue
    parameter.name = parameter.name
      .replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
      .replace(/-Id$/, '-ID')
  }
}

/** Only the components that something refers to. The generator makes each schema twice. */
function onlyUsed(paths: object, components: Components): Components {
  const text = JSON.stringify([paths, components])
  const groups = Object.entries(components).map(([kind, members]) => [
    kind,
    Object.fromEntries(
      Object.entries(members).filter(
        ([name]) => kind === 'securitySchemes' || text.includes(`"#/components/${kind}/${name}"`),
      ),
    ),
  ])
  const used = Object.fromEntries(groups)
  // A removed component may have held the last reference to another one.
  return JSON.stringify([paths, used]) === text ? used : onlyUsed(paths, used)
}

function sortByName(components: Components): Components {
  const sorted = <T>(members: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)))
  return sorted(
    Object.fromEntries(
      Object.entries(components).map(([kind, members]) => [kind, sorted(members)]),
    ),
  )
}
