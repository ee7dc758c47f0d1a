// A complete server that listens, with its own database, and clients that compare every response with
// the OpenAPI document. A response that the document does not describe fails the test.
import { createEpistleClient } from '../../../openapi/client.ts'
import { loadConfig } from '../../../src/config.ts'
import { serve } from '../../../src/serve.ts'
import type { Finishing } from '../database.ts'
import { connect, installedDatabase } from '../installed.ts'
import { readableLog } from './bare-app.ts'
import { conform } from './conform.ts'

export const password = 'a few unrelated words'

export type Served = Awaited<ReturnType<typeof served>>

/** A user who is logged in. */
export type Arrived = Awaited<ReturnType<Served['arrive']>>

/** Fast hashes, any free port and no rate limits. */
const quick = { PORT: '0', ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', RATE_LIMITS: 'off' }

/**
 * Starts a server, on a database of its own unless one is given; `env` overrides its configuration. Everything closes
 * when the test ends.
 */
export async function served(t: Finishing, env: Record<string, string> = {}, given?: string) {
  const databaseUrl = given ?? (await installedDatabase(t))
  const { log, lines } = readableLog(env.LOG_LEVEL ?? 'debug')
  const server = await serve({ config: loadConfig({ ...quick, ...env }), databaseUrl, log })
  t.teardown(() => server.close())
  /** A connection as the database owner, for changes that no client can make. */
  const owner = await connect(t, databaseUrl)
  const succeeded = new Set<string>()

  const fetch = async (request: Request): Promise<Response> => {
    const response = await globalThis.fetch(request)
    const operation = await conform(request, response.clone())
    if (response.ok) succeeded.add(operation)
    return response
  }
  const client = (token?: string, baseUrl = server.url) =>
    createEpistleClient({ baseUrl, fetch, retries: 0, ...(token && { token }) })

  /** Starts another server on the same database and returns its URL. */
  async function another(): Promise<string> {
    const config = loadConfig({ ...quick, ...env })
    const second = await serve({ config, databaseUrl, log })
    t.teardown(() => second.close())
    return second.url
  }

  /** Registers a user and logs in. */
  async function arrive(username: string) {
    const email = `${username}@example.org`
    const { error } = await client().POST('/users', { body: { email, username, password } })
    if (error) throw new Error(`${username} could not register: ${error.code}`)
    const { data } = await client().POST('/sessions', { body: { email, password } })
    if (!data?.token) throw new Error(`${username} could not log in`)
    return { ...data, token: data.token, email, client: client(data.token) }
  }

  /** Sends a request that the typed client cannot express. */
  const send = (path: string, init: RequestInit & { token?: string } = {}) => {
    const headers = new Headers(init.headers)
    if (init.token) headers.set('authorization', `Bearer ${init.token}`)
    if (init.body && !headers.has('content-type')) headers.set('content-type', 'application/json')
    return fetch(new Request(server.url + path, { ...init, headers }))
  }
  return { server, another, databaseUrl, owner, log, lines, client, arrive, send, succeeded }
}
