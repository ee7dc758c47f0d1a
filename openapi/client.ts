/**
 * The typed client: every operation of `openapi.json` over `fetch`, with retries, and the user's events as they happen.
 *
 *     const epistle = createEpistleClient({ baseUrl: 'http://127.0.0.1:3000' })
 *     const { data, error } = await epistle.POST('/sessions', { body: { email, password } })
 *
 * A failed operation returns a Problem in `error`; branch on its `code`.
 */

import createClient, { type Client, type Middleware } from 'openapi-fetch'
import { type Authentication, authenticate } from './client/authentication.ts'
import { endStreamsOfOldCookie } from './client/cookie-sessions.ts'
import { EpistleError } from './client/errors.ts'
import { type FollowOptions, follow } from './client/follow.ts'
import { keyedOperations } from './client/keyed-operations.ts'
import { Positions } from './client/positions.ts'
import { type Send, withRetries } from './client/retries.ts'
import type { StreamEvent } from './client/stream-events.ts'
import type { components, paths } from './types.ts'

/** The types of requests and responses, by name: `Schemas['Message']`. */
export type Schemas = components['schemas']
export type { Authentication, EpistleError, FollowOptions, StreamEvent }

export interface EpistleClient extends Client<paths, `${string}/${string}`> {
  /** Replaces the token, or changes to the cookie, from the next request on. `{}` sends neither. */
  authenticate(authentication: Authentication): void
  /**
   * The user's events, each once and in order, until `signal` is aborted. Lost connections are opened again. The error
   * of an ended session has the code `unauthenticated`.
   */
  follow(options?: FollowOptions): AsyncGenerator<StreamEvent, void>
  /**
   * The greatest position of the log that a response or an event has shown; undefined before the first. Each GET sends
   * it. After the error `position_unknown` the client forgets it: load everything again.
   */
  position(): string | undefined
}

export interface EpistleClientOptions extends Authentication {
  /** The server's URL, without a slash at the end. */
  readonly baseUrl: string
  /** Replaces the global `fetch`, e.g. to log requests. */
  readonly fetch?: Send
  /**
   * How often a safe request, or one with an `Idempotency-Key`, is sent again after 429, 502, 503, 504 or a lost
   * connection. 3 if absent. A function decides for each request; with Infinity, only its signal ends the retries.
   */
  readonly retries?: number | ((request: Request) => number)
  /** Whether the client generates an `Idempotency-Key` for each request that can have one and has none. */
  readonly idempotencyKeys?: boolean
}

/** Creates a client; with a token, it sends `Authorization`. */
export function createEpistleClient(options: EpistleClientOptions): EpistleClient {
  const { baseUrl, retries = 3, idempotencyKeys = false } = options
  let authentication: Authentication = options
  const positions = new Positions()
  const send: Send = async (request) => {
    const sent = authenticate(request, authentication)
    if (sent.method === 'GET' && positions.greatest !== undefined) {
      sent.headers.set('Epistle-Position', positions.greatest)
    }
    // Looked up each time: a page may replace the global one later.
    const response = await (options.fetch ?? globalThis.fetch)(sent)
    positions.note(response.headers.get('Epistle-Position'))
    if (await isPositionUnknown(response)) positions.forget(sent.headers.get('Epistle-Position'))
    return response
  }
  const client = createClient<paths>({ baseUrl, fetch: withRetries(send, retries) })
  if (idempotencyKeys) client.use(generateKeys)
  client.use(endStreamsOfOldCookie(baseUrl, () => authentication))
  const open = async (lastId: string | undefined, signal: AbortSignal) => {
    const headers = { Accept: 'text/event-stream', ...(lastId && { 'Last-Event-ID': lastId }) }
    const used = authentication
    const response = await send(new Request(`${baseUrl}/stream`, { headers, signal }))
    if (response.status !== 401 || used === authentication) return response
    throw new TypeError('the token has changed since this request')
  }
  return Object.assign(client, {
    async *follow(options: FollowOptions = {}) {
      for await (const event of follow({ open, baseUrl, authentication }, options)) {
        positions.note(event.id)
        yield event
      }
    },
    authenticate: (changed: Authentication) => {
      authentication = changed
    },
    position: () => positions.greatest,
  })
}

/** Whether the database was restored to a time before the position of the request. */
async function isPositionUnknown(response: Response): Promise<boolean> {
  if (response.status !== 412) return false
  const text = await response.clone().text()
  return text.includes('"code":"position_unknown"')
}

/** Whether an error is of `follow` and carries a problem of the server. */
export function isEpistleError(error: unknown): error is EpistleError {
  return error instanceof EpistleError
}

/** Generates 128 random bits for each request whose operation takes a key. */
const generateKeys: Middleware = {
  onRequest({ request, schemaPath }) {
    if (!keyedOperations.has(`${request.method} ${schemaPath}`)) return
    if (request.headers.has('Idempotency-Key')) return
    // `crypto.randomUUID` is absent from pages that are not served by TLS.
    const bytes = crypto.getRandomValues(new Uint8Array(16))
    const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    request.headers.set('Idempotency-Key', key)
  },
}
