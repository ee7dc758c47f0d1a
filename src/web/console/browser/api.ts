/** The API of the admin port, with the operator's token where the port needs one. Failures are thrown as sentences. */

import createClient, { type Client } from 'openapi-fetch'
import type { paths } from '../../../../openapi/admin-types.ts'

export type Api = Client<paths>

const tokenKey = 'epistle-token'
const actorKey = 'epistle-actor'

/** The token and the name of the operator are kept for this tab alone, until it closes. */
export const operator = {
  keepToken: (token: string) => sessionStorage.setItem(tokenKey, token),
  forgetToken: () => sessionStorage.removeItem(tokenKey),
  hasToken: () => sessionStorage.getItem(tokenKey) !== null,
  keepName: (name: string) => sessionStorage.setItem(actorKey, name),
  name: () => sessionStorage.getItem(actorKey) ?? '',
}

/** A client of the API below `root`, the URL of the port. */
export function createApi(root: URL): Api {
  const api = createClient<paths>({ baseUrl: root.href.replace(/\/$/, ''), cache: 'no-store' })
  api.use({
    onRequest({ request }) {
      const token = sessionStorage.getItem(tokenKey)
      if (token !== null) request.headers.set('Authorization', `Bearer ${token}`)
    },
  })
  return api
}

/** The port needs a token, or another one. */
export class TokenNeeded extends Error {}

/** The database was restored to a time before the position of the request. */
class PositionUnknown extends Error {}

/** What a reading that continues after a position returns; undefined where the log has lost the position. */
export async function unlessRestored<Data>(reading: Promise<Data>): Promise<Data | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof PositionUnknown) return undefined
    throw error
  }
}

/** The data of a successful operation. Throws TokenNeeded, or an error whose message an operator can read. */
export async function dataOf<Data>(
  operation: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await operation.catch((cause: unknown) => {
    // `fetch` throws a TypeError for a lost connection.
    if (!(cause instanceof TypeError)) throw cause
    throw new Error('The server cannot be reached.', { cause })
  })
  if (response.status === 401) throw new TokenNeeded('The admin port needs its token.')
  if (response.ok) return data as Data
  const { code, title, detail, errors } = (error ?? {}) as Problem
  const faults = errors?.map(({ parameter, message }) => `${parameter ?? ''}: ${message ?? ''}`)
  const what = title ?? `The server responded with status ${response.status}`
  const sentences = [`${what}.`, detail, ...(faults ?? [])].filter(Boolean).join(' ')
  throw code === 'position_unknown' ? new PositionUnknown(sentences) : new Error(sentences)
}

interface Problem {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
  readonly errors?: readonly { readonly parameter?: string; readonly message?: string }[]
}
