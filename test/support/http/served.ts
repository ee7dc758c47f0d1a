// A whole server on a database of its own, listening, and clients that hold every answer against the
// OpenAPI document: an operation that answers what it does not document fails the test.
import { readFile } from 'node:fs/promises'
import { createEpistleClient } from '../../../openapi/client.ts'
import { loadConfig } from '../../../src/config.ts'
import { serve } from '../../../src/serve.ts'
import type { Finishing } from '../database.ts'
import { connect, installedDatabase } from '../installed.ts'
import { readableLog } from './bare-app.ts'

export const password = 'a few unrelated words'

/** Quick hashes; a port of its own; and as often as a test likes. */
const quick = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }

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

/** The ids of all operations there are. */
export const operationIds = operations.map(({ operation }) => operation.operationId)

/** Starts a server; `env` changes its configuration. Everything is closed when the test ends. */
export async function served(t: Finishing, env: Record<string, string> = {}) {
  const databaseUrl = await installedDatabase(t)
  const { log, lines } = readableLog(env.LOG_LEVEL ?? 'debug')
  const server = await serve({ config: loadConfig({ ...quick, ...env }), databaseUrl, log })
  t.teardown(() => server.close())
  /** Connected as the owner, to do to the database what no caller can. */
  const owner = await connect(t, databaseUrl)
  const succeeded = new Set<string>()

  const fetch = async (request: Request): Promise<Response> => {
    const response = await globalThis.fetch(request)
    const operation = await conform(request, response.clone())
    if (response.ok) succeeded.add(operation)
    return response
  }
  const client = (token?: string, baseUrl = server.url) =>
    createEpistleClient({ baseUrl, fetch, ...(token && { token }) })

  /** Another server on the same database; its URL. */
  async function another(): Promise<string> {
    const config = loadConfig({ ...quick, ...env })
    const second = await serve({ config, databaseUrl, log })
    t.teardown(() => second.close())
    return second.url
  }

  /** Registers somebody and logs him in. */
  async function arrive(username: string) {
    const email = `${username}@example.org`
    await client().POST('/users', { body: { email, username, password } })
    const { data } = await client().POST('/sessions', { body: { email, password } })
    if (!data) throw new Error(`${username} could not log in`)
    return { ...data, email, client: client(data.token) }
  }

  /** Sends what no typed client would. */
  const send = (path: string, init: RequestInit & { token?: string } = {}) => {
    const headers = new Headers(init.headers)
    if (init.token) headers.set('authorization', `Bearer ${init.token}`)
    if (init.body && !headers.has('content-type')) headers.set('content-type', 'application/json')
    return fetch(new Request(server.url + path, { ...init, headers }))
  }
  return { server, another, databaseUrl, owner, log, lines, client, arrive, send, succeeded }
}

/** The operation's id; throws when the answer is not one that the document gives it. */
async function conform(request: Request, response: Response): Promise<string> {
  const { pathname } = new URL(request.url)
  const fitting = operations.filter(
    ({ method, pattern }) => method === request.method && pattern.test(pathname),
  )
  const found = fitting.find(({ literal }) => literal) ?? fitting[0]
  if (!found) return `${request.method} ${pathname}`
  const { operationId, responses } = found.operation
  const documented = resolve(responses[response.status])
  const said = `${operationId} answered ${response.status}`
  if (!documented) throw new Error(`${said}, which is not documented`)
  if (response.ok) {
    const missing = Object.keys(documented.headers ?? {}).filter(
      (name) => !response.headers.has(name),
    )
    if (missing.length > 0) throw new Error(`${said} without its headers ${missing}`)
    return operationId
  }
  const { code } = (await response.json()) as { code: string }
  if (!documented.content?.['application/problem+json']?.examples[code]) {
    throw new Error(`${said} with ${code}, which is not documented`)
  }
  return operationId
}

interface DocumentedResponse {
  readonly headers?: object
  readonly content?: Record<string, { examples: Record<string, object> }>
}

function resolve(response: object | undefined): DocumentedResponse | undefined {
  if (!response || !('$ref' in response)) return response as DocumentedResponse | undefined
  const name = String(response.$ref).split('/').at(-1) ?? ''
  return document.components.responses[name]
}
