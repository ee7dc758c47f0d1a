// Compares responses with the OpenAPI document: status, headers, media type, body and problem code.
//
// The document lets clients accept new members, so that a release may add some. A test is strict:
// here a member that the document does not name is an error.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

interface DocumentedHeader {
  readonly $ref?: string
  readonly required?: boolean
}

interface DocumentedResponse {
  readonly headers?: Record<string, DocumentedHeader>
  readonly content?: Record<string, { schema: object; examples?: Record<string, object> }>
}

interface Documented {
  readonly operationId: string
  readonly responses: Record<string, object>
}

const document = JSON.parse(
  await readFile(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8'),
)
const operations = Object.entries<Record<string, Documented>>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
      literal: !path.includes('{'),
      operation,
    })),
)

/** The ids of all operations. */
export const operationIds = operations.map(({ operation }) => operation.operationId)

/** Returns the operation's id. Throws when the document does not describe the response. */
export async function conform(request: Request, response: Response): Promise<string> {
  const { pathname } = new URL(request.url)
  const matching = operations.filter(
    ({ method, pattern }) => method === request.method && pattern.test(pathname),
  )
  const found = matching.find(({ literal }) => literal) ?? matching[0]
  if (!found) return `${request.method} ${pathname}`
  const { operationId, responses } = found.operation
  const documented = resolve(responses[response.status])
  const prefix = `${operationId} responded ${response.status}`
  if (!documented) throw new Error(`${prefix}, which is not documented`)
  if (response.status < 400) await conformSuccess(prefix, documented, response)
  else await conformProblem(prefix, documented, response)
  return operationId
}

async function conformSuccess(prefix: string, documented: DocumentedResponse, response: Response) {
  const missing = Object.entries(documented.headers ?? {})
    .filter(([name, header]) => isRequired(header) && !response.headers.has(name))
    .map(([name]) => name)
  if (missing.length > 0) throw new Error(`${prefix} without its headers ${missing}`)
  const type = response.headers.get('content-type')?.split(';')[0]
  if (type === undefined) {
    const body = await response.text()
    if (documented.content || body !== '') throw new Error(`${prefix} with the body "${body}"`)
    return
  }
  const schema = documented.content?.[type]?.schema
  if (!schema) throw new Error(`${prefix} with ${type}, which is not documented`)
  if (type === 'application/x-ndjson') {
    const lines = (await response.text()).trimEnd().split('\n')
    for (const line of lines) conformBody(prefix, schema, JSON.parse(line))
  }
  // The body of other types is text without a shape, and that of a live stream has no end.
  if (type !== 'application/json') return
  conformBody(prefix, schema, await response.json())
}

function isRequired({ $ref, required }: DocumentedHeader): boolean {
  const name = $ref?.split('/').at(-1)
  return name === undefined ? required === true : document.components.headers[name].required
}

function conformBody(prefix: string, schema: object, body: unknown): void {
  const { error } = validatorOf(schema).safeParse(body)
  if (error) throw new Error(`${prefix} with an undocumented body: ${z.prettifyError(error)}`)
}

async function conformProblem(prefix: string, documented: DocumentedResponse, response: Response) {
  const body = (await response.json()) as { code: string }
  const content = documented.content?.['application/problem+json']
  if (!content?.examples?.[body.code]) {
    throw new Error(`${prefix} with ${body.code}, which is not documented`)
  }
  conformBody(prefix, content.schema, body)
}

const validators = new Map<object, z.ZodType>()

/** A validator for a schema of the document that rejects members it does not name. */
function validatorOf(schema: object): z.ZodType {
  const known = validators.get(schema)
  if (known) return known
  const strict = strictly({ ...schema, $defs: document.components.schemas })
  const validator = z.fromJSONSchema(strict, { defaultTarget: 'draft-2020-12' })
  validators.set(schema, validator)
  return validator
}

function strictly(schema: object): Parameters<typeof z.fromJSONSchema>[0] {
  return JSON.parse(JSON.stringify(schema), (key, value) => {
    // Zod treats a relative reference, `/problems/<code>`, as an invalid URL.
    if (key === 'format' && value === 'uri-reference') return undefined
    if (key === '$ref') return String(value).replace('#/components/schemas/', '#/$defs/')
    if (value?.type === 'object' && value.properties && value.additionalProperties === undefined) {
      return { ...value, additionalProperties: false }
    }
    return value
  })
}

function resolve(response: object | undefined): DocumentedResponse | undefined {
  if (!response || !('$ref' in response)) return response as DocumentedResponse | undefined
  const name = String(response.$ref).split('/').at(-1) ?? ''
  return document.components.responses[name]
}
