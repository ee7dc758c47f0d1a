// The transport of Kubb's clients. A refused request throws its problem, as their types of errors say.

export interface RequestConfig<Data = unknown> {
  readonly baseURL?: string
  readonly url?: string
  readonly method?: string
  readonly params?: object | undefined
  readonly data?: Data
  readonly headers?: Record<string, string>
  readonly responseType?: string
}

export interface ResponseConfig<Data> {
  readonly data: Data
  readonly status: number
  readonly headers: Headers
}

export type ResponseErrorConfig<Failure = unknown> = Failure

export type Client = <Data, _Failure = unknown, Variables = unknown>(
  config: RequestConfig<Variables>,
) => Promise<ResponseConfig<Data>>

const send: Client = async ({ baseURL = '', url = '', method = 'GET', params, data, headers }) => {
  const query = new URLSearchParams(Object.entries(params ?? {}).map(([k, v]) => [k, String(v)]))
  const response = await fetch(`${baseURL}${url}?${query}`, {
    method,
    headers: { ...headers, ...(data ? { 'content-type': 'application/json' } : {}) },
    body: data ? JSON.stringify(data) : null,
  })
  const body = response.status === 204 ? undefined : await response.json()
  if (!response.ok) throw body
  return { data: body, status: response.status, headers: response.headers }
}

export default send
