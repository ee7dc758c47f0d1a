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

interface Document {
  readonly paths: Record<string, Record<string, Documented>>
  readonly components: {
    readonly schemas: Record<string, object>
    readonly responses: Record<string, DocumentedResponse>
    readonly headers: Record<string, DocumentedHeader>
  }
}

/** Reads a document of openapi/. */
async function readDocument(name: string): Promise<Document> {
  return JSON.parse(await readFile(new URL(`../../../openapi/${name}`, import.meta.url), 'utf8'))
}

/** Compares responses with one document. */
class Conformance {
  readonly #document: Document
  readonly #operations
  readonly #validators = new Map<object, z.ZodType>()

  constructor(document: Document) {
    this.#document = document
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
        literal: !path.includes('{'),
        operation,
      })),
    )
  }

  /** The ids of all operations. */
  get operationIds(): string[] {
    return this.#operations.map(({ operation }) => operation.operationId)
  }

  /** Returns the operation's id. Throws when the document does not describe the response. */
  async conform(request: Request, response: Response): Promise<string> {
    const { pathname } = new URL(request.url)
    const matching = this.#operations.filter(
      ({ method, pattern }) => method === request.method && pattern.test(pathname),
    )
    const found = matching.find(({ literal }) => literal) ?? matching[0]
    if (!found) return `${request.method} ${pathname}`
    const { operationId, responses } = found.operation
    const documented = this.#resolve(responses[response.status])
    const prefix = `${operationId} responded ${response.status}`
    if (!documented) throw new Error(`${prefix}, which is not documented`)
    if (response.status < 400) await this.#conformSuccess(prefix, documented, response)
    else await this.#conformProblem(prefix, documented, response)
    return operationId
  }

  async #conformSuccess(prefix: string, documented: DocumentedResponse, response: Response) {
    const missing = Object.entries(documented.headers ?? {})
      .filter(([name, header]) => this.#isRequired(header) && !response.headers.has(name))
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
      for (const line of lines) this.#conformBody(prefix, schema, JSON.parse(line))
    }
    // The body of other types is text without a shape, and that of a live stream has no end.
    if (type !== 'application/json') return
    this.#conformBody(prefix, schema, await response.json())
  }

  #isRequired({ $ref, required }: DocumentedHeader): boolean {
    const name = $ref?.split('/').at(-1)
    return (
      (name === undefined ? required : this.#document.components.headers[name]?.required) === true
    )
  }

  #conformBody(prefix: string, schema: object, body: unknown): void {
    const { error } = this.#validatorOf(schema).safeParse(body)
    if (error) throw new Error(`${prefix} with an undocumented body: ${z.prettifyError(error)}`)
  }

  async #conformProblem(prefix: string, documented: DocumentedResponse, response: Response) {
    const body = (await response.json()) as { code: string }
    const content = documented.content?.['application/problem+json']
    if (!content?.examples?.[body.code]) {
      throw new Error(`${prefix} with ${body.code}, which is not documented`)
    }
    this.#conformBody(prefix, content.schema, body)
  }

  /** A validator for a schema of the document that rejects members it does not name. */
  #validatorOf(schema: object): z.ZodType {
    const known = this.#validators.get(schema)
    if (known) return known
    const strict = strictly({ ...schema, $defs: this.#document.components.schemas })
    const validator = z.fromJSONSchema(strict, { defaultTarget: 'draft-2020-12' })
    this.#validators.set(schema, validator)
    return validator
  }

  #resolve(response: object | undefined): DocumentedResponse | undefined {
    if (!response || !('$ref' in response)) return response as DocumentedResponse | undefined
    const name = String(response.$ref).split('/').at(-1) ?? ''
    return this.#document.components.responses[name]
  }
}

const publicPort = new Conformance(await readDocument('openapi.json'))

/** Checks responses of the admin port. */
export const adminPort = new Conformance(await readDocument('admin.json'))

/** The ids of all operations of the public port. */
export const operationIds = publicPort.operationIds

/** Returns the operation's id. Throws when the document of the public port does not describe the response. */
export function conform(request: Request, response: Response): Promise<string> {
  return publicPort.conform(request, response)
}
