/**
 * The problems without `errors`, each with the reason. All others concern a field, a parameter or a header that
 * the client can correct, and name it. `test/platform/http/unhappy.test.ts` compares this with the responses.
 */

import type { ProblemCode } from '../../../src/platform/http/problems/catalogue.ts'

const noField = 'it concerns the request as a whole'
const byTheData = 'it depends on the data, not on a value of the request'
const byTheServer = 'the request may be right'

export const problemsWithoutErrors: Readonly<Partial<Record<ProblemCode, string>>> = {
  malformed_request: noField,
  malformed_json: 'no field can be read',
  unauthenticated: 'the challenge in `WWW-Authenticate` describes it (RFC 6750, 3)',
  invalid_credentials: 'an entry would disclose which of the two fields is wrong',
  suspended: 'it concerns the account as a whole',
  already_reported: byTheData,
  password_reset_required: 'it concerns the client and its earlier requests',
  cross_site_request: 'the browser alone sets these headers, so no client can correct them',
  not_found: 'the path is what was not found; only `upTo` in a body has an entry',
  method_not_allowed: 'it concerns the method, and `Allow` lists what is supported',
  request_timeout: noField,
  conflict: byTheData,
  version_conflict: byTheData,
  too_large: noField,
  uri_too_long: noField,
  too_many_requests: 'it concerns the client and its earlier requests',
  headers_too_large: 'all headers together are too large',
  internal: byTheServer,
  not_implemented: noField,
  overloaded: byTheServer,
  unknown_event: byTheServer,
  unavailable: byTheServer,
  http_version_not_supported: noField,
}
