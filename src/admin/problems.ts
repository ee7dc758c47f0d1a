/** What problems of the admin port say. It has no users and no sessions, but operators with its token. */

import type { ProblemWords } from '../platform/http/problems/catalogue.ts'

export const adminProblems: ProblemWords = {
  unauthenticated: {
    title: 'A valid token is required',
    explanation:
      'Send `Authorization: Bearer <token>` with the token of `ADMIN_TOKEN_SHA256`, and for the feed with a token of ' +
      '`FEED_TOKENS`. The token is missing or wrong.',
  },
  not_found: {
    title: 'Not found',
    explanation:
      'Nothing has this path or id. A port without a token also responds like this to a request through a proxy, and to ' +
      'one whose URL has another host than `localhost` or an IP address; then `detail` has the reason.',
  },
  too_large: {
    title: 'The body is too large',
    explanation: 'A body may have at most 16 KiB (16,384 bytes).',
  },
  too_many_requests: {
    title: 'Too many open streams',
    explanation:
      'A server or worker has at most 32 streams of the feed and 16 of jobs. Try again after the number of seconds in ' +
      '`Retry-After`, use another server, or read pages of the feed and `GET /jobs/{id}` instead. `RateLimit-Policy` ' +
      'contains the limit that you reached.',
  },
  cross_site_request: {
    title: 'The request comes from a page of another site',
    explanation:
      'In a browser, only the pages of the admin port may call it. The browser reports the page in `Sec-Fetch-Site` and ' +
      '`Origin`. A proxy in front of the port must pass on `Host`.',
  },
}
