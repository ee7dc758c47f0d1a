/**
 * The OpenAPI 3.1 document, from the very schemas that requests are checked and answers are written
 * with. What each operation may fail with comes from its route's config and from its kind.
 */

import { STATUS_CODES } from 'node:http'
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import type { RouteOptions } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { App } from '../app.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import { headerComponents, problemComponents, problemResponses } from './problem-responses.ts'

interface Tag {
  readonly name: string
  readonly description: string
}

/** What of a route's config the finished operation needs, carried through the generator. */
interface RouteFacts {
  readonly problems: readonly ProblemCode[]
  readonly headers: readonly string[]
}

/** An operation while its responses are being finished. */
interface Operation {
  'x-route'?: RouteFacts
  parameters?: { in: string; name: string }[]
  responses: Record<string, { description?: string | undefined; headers?: object }>
}

const description = `User registration and messaging.

Everything but registering, logging in, what a mail proves, and what is about the service itself
needs the token of a session, as \`Authorization: Bearer <token>\`. Every failure is
\`application/problem+json\` (RFC 9457); its \`code\` is stable, and \`/problems/<code>\` explains
it. Times are RFC 3339 in UTC, ids are UUIDs. A list is \`{items, nextCursor?}\`: without
\`nextCursor\` it is at its end, else the cursor goes back into the parameter that was used, or into
\`before\` when none was.`

interface About {
  readonly version: string
  readonly tags: readonly Tag[]
}

/** Makes `app.swagger()` answer the document. Call it before any route is added. */
export async function describeOperations(app: App, { version, tags }: About): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Epistle',
        version,
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as never,
      },
      servers: [{ url: '/', description: 'The server that this document came from' }],
      tags: [...tags],
      components: {
        securitySchemes: {
          session: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token that `POST /sessions` answers',
          },
        },
      },
    },
    transform: withFacts,
    transformObject: (document) => finish(jsonSchemaTransformObject(document)) as never,
  })
}

const withFacts: SwaggerTransform = (given) => {
  const { schema, url } = jsonSchemaTransform(given as never)
  const { route } = given as unknown as { route: RouteOptions }
  const { open, headers = [] } = route.config ?? {}
  const facts: RouteFacts = { problems: problemsOf(route), headers }
  return {
    url,
    schema: { ...schema, security: open ? [] : [{ session: [] }], 'x-route': facts } as never,
  }
}

/** Those its config names, and those that every route of its kind can fail with. */
function problemsOf(route: RouteOptions): ProblemCode[] {
  const { open, limit, problems = [] } = route.config ?? {}
  const { body, params, querystring, headers } = route.schema ?? {}
  const all = new Set<ProblemCode>(problems)
  if (!open) all.add('unauthenticated')
  if (limit) all.add('too_many_requests')
  if (body || params || querystring || headers) all.add('validation_failed')
  if (body) all.add('malformed_json').add('too_large').add('unsupported_media_type')
  // Whoever has a caller or changes something needs the database.
  if (!open || route.method !== 'GET') all.add('unavailable')
  if (route.method !== 'GET') all.add('conflict').add('overloaded')
  return [...all.add('internal')]
}

type Components = Record<string, Record<string, unknown>>

interface Document {
  paths: Record<string, Record<string, Operation>>
  components: Components
}

function finish(generated: object): Document {
  const document = generated as Document
  const used = new Set<ProblemCode>()
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    const { 'x-route': facts, responses } = operation
    if (!facts) continue
    delete operation['x-route']
    nameAnswers(responses, facts.headers)
    nameHeaders(operation.parameters)
    operation.responses = { ...loosen(responses), ...problemResponses(facts.problems) }
    for (const code of facts.problems) used.add(code)
  }
  const { schemas, ...others } = problemComponents([...used])
  const components = {
    ...document.components,
    ...others,
    schemas: { ...loosen(document.components.schemas ?? {}), ...schemas },
    headers: headerComponents,
  }
  return { ...document, components: onlyUsed(document.paths, components) }
}

function nameAnswers(responses: Operation['responses'], headers: readonly string[]): void {
  for (const [status, response] of Object.entries(responses)) {
    if (response.description === 'Default Response') response.description = STATUS_CODES[status]
    // What is merely noted (202) has no result yet that a header could tell of.
    if (headers.length === 0 || status === '202') continue
    response.headers = Object.fromEntries(
      headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    )
  }
}

/**
 * Answers as their readers should take them: further members may come, and a known format needs no
 * regular expression beside it. Of the named schemas, only answers' are ever used.
 */
function loosen<T extends object>(schemas: T): T {
  return JSON.parse(JSON.stringify(schemas), (_key, value) => {
    if (value?.additionalProperties === false) delete value.additionalProperties
    if (value?.format && value.pattern) delete value.pattern
    return value
  })
}

/** Headers as they are written, `If-Match`; the schemas check them as Node names them. */
function nameHeaders(parameters: Operation['parameters'] = []): void {
  for (const parameter of parameters) {
    if (parameter.in !== 'header') continue
    parameter.name = parameter.name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
  }
}

/** Without the components that nothing refers to; the generator makes each schema twice. */
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
  // What went may have been all that referred to another one.
  return JSON.stringify([paths, used]) === text ? used : onlyUsed(paths, used)
}
