// The OpenAPI document is current, complete and consistent with the routes.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { generate } from '../../../../openapi/generate.ts'
import type { Bodies } from '../../../../src/platform/http/openapi/named-schemas.ts'
import { problems } from '../../../../src/platform/http/problems/catalogue.ts'
import { everyCall, openCalls } from '../../../support/http/every-call.ts'

interface Operation {
  operationId: string
  tags: string[]
  summary: string
  security: object[]
  requestBody?: object
  parameters?: { name: string; in: string }[]
  responses: Record<string, { $ref?: string; headers?: object; description?: string }>
}

const generated = await generate()
const document = JSON.parse(generated['openapi.json'] ?? '')
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      call: `${method.toUpperCase()} ${path}`,
      operation,
    })),
)
const find = (call: string) => {
  const found = operations.find((each) => each.call === call)
  if (!found) throw new Error(`${call} is not in the document`)
  return found.operation
}

t.test('openapi.json and types.ts match the routes', async (t) => {
  for (const [name, content] of Object.entries(generated)) {
    const path = new URL(`../../../../openapi/${name}`, import.meta.url)
    const committed = await readFile(path, 'utf8')
    t.ok(committed === content, `openapi/${name} is stale: run npm run openapi`)
  }
})

t.test('The document is OpenAPI 3.1 and contains every operation', (t) => {
  t.match(document.openapi, /^3\.1\./)
  t.same(operations.map(({ call }) => call).sort(), everyCall)
  t.end()
})

t.test('Every operation has a unique id, a known tag, a summary and its security', (t) => {
  const ids = new Set(operations.map(({ operation }) => operation.operationId))
  t.equal(ids.size, operations.length)
  const tags = new Set(document.tags.map(({ name }: { name: string }) => name))
  for (const { call, operation } of operations) {
    t.ok(operation.tags.length === 1 && operation.tags.every((tag) => tags.has(tag)), call)
    t.ok(operation.summary, call)
    t.ok(Array.isArray(operation.security), call)
  }
  const open = operations.filter(({ operation }) => operation.security.length === 0)
  t.same(open.map(({ call }) => call).sort(), openCalls)
  t.end()
})

t.test('Every operation has the problems of its kind', (t) => {
  for (const { call, operation } of operations) {
    const has = (status: number) => String(status) in operation.responses
    t.ok(has(500), call)
    t.ok(has(422), `${call}, at least for unknown parameters`)
    t.equal(has(401), operation.security.length > 0 || / \/(sessions|users)$/.test(call), call)
    if (operation.requestBody) t.ok([400, 413, 415, 503].every(has), call)
  }
  t.end()
})

t.test('Error responses share one Problem schema, which lists every code', (t) => {
  const { schemas, responses } = document.components
  t.same(schemas.Problem.properties.code.enum, Object.keys(problems))
  for (const name of ['Profile', 'User', 'Session', 'Message']) t.ok(schemas[name], name)
  t.match(responses.unauthenticated, {
    headers: { 'WWW-Authenticate': {} },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/UnauthenticatedProblem' },
      },
    },
  })
  const refused = find('POST /messages').responses[403] as typeof responses.unauthenticated
  const union = ['Blocked', 'CrossSiteRequest'].map((code) => ({
    $ref: `#/components/schemas/${code}Problem`,
  }))
  t.same(refused.content['application/problem+json'].schema, { oneOf: union })
  t.same(schemas.BlockedProblem.allOf, [
    { $ref: '#/components/schemas/Problem' },
    {
      type: 'object',
      required: ['code'],
      properties: { code: { type: 'string', const: 'blocked' } },
    },
  ])
  t.match(responses.unavailable, { headers: { 'Retry-After': {} } })
  t.end()
})

t.test('The headers of requests and responses are documented', (t) => {
  const headers = (call: string, status: number) =>
    Object.keys(find(call).responses[status]?.headers ?? {}).sort()
  t.same(headers('POST /users', 201), ['ETag', 'Epistle-Position', 'Location', 'Set-Cookie'])
  t.same(headers('POST /messages', 201), ['ETag', 'Epistle-Position', 'Location'])
  t.same(headers('POST /sessions', 201), ['Epistle-Position', 'Location', 'Set-Cookie'])
  for (const call of ['DELETE /sessions/current', 'DELETE /sessions/{id}'])
    t.same(headers(call, 204), ['Epistle-Position', 'Set-Cookie'])
  t.same(headers('PUT /blocks/{userId}', 204), ['Epistle-Position'])
  for (const call of ['GET /users/me', 'GET /messages/{id}']) {
    for (const status of [200, 304]) t.equal(headers(call, status)[1], 'Epistle-Position')
    t.ok(find(call).responses[412], call)
  }
  const parameters = (call: string) =>
    (find(call).parameters ?? []).map((parameter) => [parameter.in, parameter.name])
  const key = ['header', 'Idempotency-Key']
  const conditions = ['If-Match', 'If-None-Match'].map((name) => ['header', name])
  t.same(parameters('PUT /users/me/password'), [key, ...conditions])
  const id = ['path', 'id']
  const queries = { GET: [['query', 'include']], PATCH: [], DELETE: [['query', 'clientId']] }
  for (const [method, query] of Object.entries(queries)) {
    const position = method === 'GET' ? [['header', 'Epistle-Position']] : []
    const expected = [...query, id, ...conditions, ...position]
    t.same(parameters(`${method} /messages/{id}`), expected, method)
  }
  for (const call of ['POST /users', 'POST /messages', 'POST /messages/batch']) {
    t.same(parameters(call), [key], call)
  }
  t.same(parameters('POST /sessions'), [], 'a login has no key, because a token is shown only once')
  t.end()
})

t.test('Every body of JSON is a named schema', (t) => {
  const names: string[] = []
  for (const { call, operation } of operations) {
    const { requestBody, responses } = operation as Bodies
    for (const body of [requestBody, ...Object.values(responses)]) {
      const schema = body?.content?.['application/json']?.schema
      if (!schema) continue
      t.equal(Object.keys(schema).join(), schema.type === 'array' ? 'type,items' : '$ref', call)
      names.push((schema.$ref ?? '').replace('#/components/schemas/', ''))
    }
  }
  for (const name of ['LogInRequest', 'NewSession', 'Message', 'MessagePage', 'EventList'])
    t.ok(names.includes(name), name)
  const ambiguous = Object.keys(document.components.schemas).filter((name) =>
    /(Response|Error|Data|Params)s?$/.test(name),
  )
  t.strictSame(ambiguous, ['FieldError'], 'generators give such names to types of their own')
  t.end()
})

t.test('Patterns look neither ahead nor back, and bounds are true', (t) => {
  const patterns: string[] = []
  JSON.stringify(document, (key, value) => {
    if (key === 'pattern') patterns.push(value)
    if (key === 'maximum' || key === 'minimum') t.ok(Math.abs(value) < 2 ** 32, `${key} ${value}`)
    return value
  })
  for (const pattern of patterns) t.notMatch(pattern, /\(\?<?[=!]/)
  t.match(document.components.schemas.Conversation.properties.unread, {
    minimum: 0,
    maximum: 2_147_483_647,
  })
  t.end()
})

t.test('Every reference in the document resolves, and every component is used', (t) => {
  const text = generated['openapi.json'] ?? ''
  const used = new Set([...text.matchAll(/"#\/components\/(\w+)\/([\w-]+)"/g)].map(String))
  for (const reference of used) {
    const [, kind = '', name = ''] = reference.split(',')
    t.ok(document.components[kind]?.[name], reference)
  }
  const { securitySchemes, ...components } = document.components
  for (const [kind, members] of Object.entries<object>(components)) {
    for (const name of Object.keys(members)) {
      t.ok(text.includes(`"#/components/${kind}/${name}"`), `${kind}/${name}`)
    }
  }
  t.same(Object.keys(securitySchemes), ['session', 'sessionCookie'])
  t.end()
})

t.test('The components are sorted, whatever the order of imports', (t) => {
  const groups = [document.components, ...Object.values<object>(document.components)]
  for (const group of groups) t.same(Object.keys(group), Object.keys(group).sort())
  t.end()
})
