// The admin port of a server in a test. Each response is compared with openapi/admin.json.
import type { Finishing } from '../database.ts'
import { adminPort } from './conform.ts'
import { served } from './served.ts'

export const bearerOf = (token: string) => ({ authorization: `Bearer ${token}` })

export interface Answer<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** Starts a server with an admin port, as `served` does. */
export async function administered(
  t: Finishing,
  env: Record<string, string> = {},
  databaseUrl?: string,
) {
  const service = await served(t, { ADMIN_PORT: '0', ...env }, databaseUrl)
  const url = service.server.adminUrl ?? ''
  return { ...service, url, ...calls(url) }
}

/** Calls of an admin port. `act` sends JSON in the name of the operator Ada. */
export function calls(url: string) {
  async function call<Body>(path: string, init: RequestInit = {}): Promise<Answer<Body>> {
    const request = new Request(url + path, init)
    const response = await fetch(request.clone())
    await adminPort.conform(request, response.clone())
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const { status, headers } = response
    return { status, headers, body: (isJson ? JSON.parse(text) : text) as Body }
  }
  const act = <Body>(method: string, path: string, body?: object) =>
    call<Body>(path, {
      method,
      headers: {
        'Epistle-Actor': 'Ada',
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  return { call, act }
}
