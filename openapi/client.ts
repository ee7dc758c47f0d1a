/**
 * The typed client: every operation of `openapi.json`, over `fetch`.
 *
 *     const epistle = createEpistleClient({ baseUrl: 'http://127.0.0.1:3000' })
 *     const { data, error } = await epistle.POST('/sessions', { body: { email, password } })
 *
 * A failed operation returns a Problem in `error`; branch on its `code`.
 */

import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './types.ts'

export type EpistleClient = Client<paths, `${string}/${string}`>
/** The types of requests and responses, by name: `Schemas['Message']`. */
export type Schemas = components['schemas']

export interface EpistleClientOptions {
  /** The server's URL, without a slash at the end. */
  readonly baseUrl: string
  /** The token from `POST /sessions`. */
  readonly token?: string
  /** Replaces the global `fetch`, e.g. to retry or log requests. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/** Creates a client; with a token, it sends `Authorization`. */
export function createEpistleClient(options: EpistleClientOptions): EpistleClient {
  const { baseUrl, token, fetch } = options
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  return createClient<paths>({ baseUrl, headers, ...(fetch && { fetch }) })
}
