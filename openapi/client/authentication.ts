/**
 * How a client shows who is calling: by a token, or by the cookie of a page on the server's own site. Both can change
 * while the client is in use. They exclude each other: the server refuses a request with both.
 */

/** A token, or the cookie, or neither, for requests that need no session. */
export interface Authentication {
  /** The token from `POST /sessions`. */
  readonly token?: string | undefined
  /** Whether the browser's cookie is sent and set, as for a login with `"cookie": true`. Only in browsers. */
  readonly cookie?: boolean | undefined
}

/** The request as it is sent; an `Authorization` that the caller has set stays. */
export function authenticate(request: Request, { token, cookie }: Authentication): Request {
  const sent = new Request(request, { credentials: cookie ? 'include' : 'omit' })
  if (token !== undefined && !cookie && !sent.headers.has('Authorization')) {
    sent.headers.set('Authorization', `Bearer ${token}`)
  }
  return sent
}
