/**
 * The client: every operation of `openapi.json` with its types, over `fetch`.
 *
 *     const epistle = createEpistleClient({ baseUrl: 'http://127.0.0.1:3000' })
 *     const { data, error } = await epistle.POST('/sessions', { body: { email, password } })
 *
 * What an operation fails with is in `error`, a Problem, with its `code` to branch on.
 */

import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './types.ts'

export type EpistleClient = Client<paths, `${string}/${string}`>
/** The shapes of requests and answers, by name: `Schemas['Message']`. */
export type Schemas = components['schemas']

export interface EpistleClientOptions {
  /** Where the server is, without a slash at the end. */
  readonly baseUrl: string
  /** The token that `POST /sessions` answered. */
  readonly token?: string
  /** Sends the requests, instead of the global `fetch`: to repeat them, to look at them. */
  readonly fetch?: (request: Request) => Promise<Response>
}

export function createEpistleClient(options: EpistleClientOptions): EpistleClient {
  const { baseUrl, token, fetch } = options
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  return createClient<paths>({ baseUrl, headers, ...(fetch && { fetch }) })
}
