/** The server as the chat uses it: epistle-client with the session in a cookie, and failures as values. */

import { createEpistleClient, type EpistleClient } from '../../../../openapi/client.ts'
import type { Problem } from './state.ts'
import type { Store } from './store.ts'

/** What every part of the chat works with. */
export interface Context {
  readonly store: Store
  readonly api: EpistleClient
}

export function createApi(): EpistleClient {
  const baseUrl = new URL('.', document.baseURI).href.replace(/\/$/, '')
  return createEpistleClient({ baseUrl, cookie: true, idempotencyKeys: true, retries })
}

/** Messages and the first request of a page wait until the server is there. Forms do not: their users decide. */
function retries({ method, url }: Request): number {
  return url.endsWith(method === 'POST' ? '/messages' : '/users/me') ? Number.POSITIVE_INFINITY : 3
}

export const unreachable: Problem = {
  code: 'unreachable',
  title: 'The server cannot be reached. Check your connection and try again.',
}

/** The database was restored to an earlier time, so what the page shows may not exist. Drafts stay. */
export function beginAgain(): void {
  location.reload()
}

const unreadable = 'The response cannot be read. Try again, or tell the operator of this server.'

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** The response of an operation and the position that it was read at, or the problem that it is. Does not throw. */
export async function attempt<Data>(
  operation: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<
  | { data: Data; position: string; problem?: undefined }
  | { data?: undefined; position?: undefined; problem: Problem }
> {
  try {
    const { data, error, response } = await operation
    const position = response.headers.get('Epistle-Position') ?? '0'
    if (response.ok) return { data: data as Data, position }
    const problem = error as Partial<Problem> | undefined
    if (problem?.code === 'position_unknown') beginAgain()
    const title = `The server responded with status ${response.status}.`
    return { problem: { code: 'unexpected_response', title, ...problem } }
  } catch (error) {
    // `fetch` throws a TypeError for a lost connection, and the signal's reason for an aborted request.
    if (error instanceof TypeError || isAbort(error)) return { problem: unreachable }
    reportError(error)
    return { problem: { code: 'unexpected_response', title: unreadable } }
  }
}
