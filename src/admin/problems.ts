/** What problems of the admin port say. It has no users and no sessions, but operators with its token. */

import type { ProblemWords } from '../platform/http/problems/catalogue.ts'

export const adminProblems: ProblemWords = {
  unauthenticated: {
    title: 'The token of the admin port is required',
    explanation:
      'Send `Authorization: Bearer <token>` with the token of `ADMIN_TOKEN_SHA256`, and for the feed with a token of ' +
      '`FEED_TOKENS`. The token is missing or wrong.',
  },
  cross_site_request: {
    title: 'The request comes from a page of another site',
    explanation:
      'In a browser, only the pages of the admin port may call it. The browser reports the page in `Sec-Fetch-Site` and ' +
      '`Origin`. A proxy in front of the port must pass on `Host`.',
  },
}
