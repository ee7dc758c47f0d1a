/**
 * The document as `/docs` shows it: each form is filled so that it works as it is, after a login by the user
 * whom the walk in openapi/README.md registers.
 *
 * Its server is the parent of `/docs/json`, so requests reach Epistle behind a proxy that serves it below a path, too.
 * Optional parameters and members stay empty, because Swagger UI would send their examples. Ids cannot be
 * examples; `docs-script.ts` fills them in.
 */

interface Schema {
  readonly type?: string
  readonly format?: string
  readonly example?: unknown
  readonly minimum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
}

interface Parameter {
  readonly name: string
  readonly required?: boolean
  example?: unknown
  schema?: { example?: unknown; examples?: unknown }
}

interface Operation {
  operationId?: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema?: Schema; example?: unknown }> }
}

interface Document {
  readonly paths?: Record<string, Record<string, Operation>>
  readonly servers?: { url: string }[]
  readonly info?: { description?: string }
}

/** One of two optional parameters is needed here. */
const kept: Readonly<Record<string, string>> = { findUsers: 'username' }

const password = 'can machines think'
/** Bodies without an example. The new password is the present one, so the form for the login stays right. */
const bodies: Readonly<Record<string, object>> = {
  changePassword: { currentPassword: password, newPassword: password },
  labelSession: { label: 'Try-out page' },
  resetPassword: { token: '', newPassword: password },
}

/** Changes a copy of the document that nothing else uses, and returns it. */
export function prefill<Given extends object>(document: Given): Given {
  const { paths = {}, servers = [], info } = document as Document
  for (const server of servers) server.url = '..'
  if (info) info.description += '\n\n[The document for programs](openapi.json)'
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path))) {
    const { operationId = '', parameters = [], requestBody } = operation
    for (const parameter of parameters) {
      if (parameter.required || kept[operationId] === parameter.name) continue
      delete parameter.example
      delete parameter.schema?.example
      delete parameter.schema?.examples
    }
    const body = requestBody?.content['application/json']
    if (body?.schema) body.example = bodies[operationId] ?? exampleOf(body.schema, document)
  }
  return document
}

/** The example of a schema, with required members only. */
function exampleOf(given: Schema, document: object): unknown {
  const schema = resolved(given, document)
  if (schema.example !== undefined) return schema.example
  const { properties = {}, required = [], items } = schema
  if (items) return [exampleOf(items, document)]
  if (schema.type === 'object') {
    return Object.fromEntries(
      required.map((name) => [name, exampleOf(properties[name] ?? {}, document)]),
    )
  }
  return schema.enum?.[0] ?? schema.minimum ?? ''
}

function resolved(schema: Schema & { $ref?: string }, document: object): Schema {
  if (!schema.$ref) return schema
  const steps = schema.$ref.slice('#/'.length).split('/')
  return steps.reduce<unknown>(
    (at, step) => (at as Record<string, unknown>)?.[step],
    document,
  ) as Schema
}
