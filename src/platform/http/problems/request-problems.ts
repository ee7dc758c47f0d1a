/**
 * The part of the catalogue (`catalogue.ts`) for requests that no operation can take: they have a body that cannot be read,
 * or come from where the session cookie is not allowed.
 */

export const requestProblems = {
  malformed_json: {
    status: 400,
    title: 'The body is not valid JSON',
    explanation:
      'The body is empty or is not JSON in UTF-8. Send one JSON object with `Content-Type: ' +
      'application/json`.',
  },
  ambiguous_credentials: {
    status: 400,
    title: 'The request has more than one token',
    explanation:
      'Send either the session cookie or `Authorization: Bearer <token>`, and the cookie only once. A ' +
      "page that uses a token calls `fetch` with `credentials: 'omit'`.",
  },
  cross_site_request: {
    status: 403,
    title: 'The request comes from a page that may not use the session cookie',
    explanation:
      "A request with the session cookie must come from this server's own pages, or from an origin that " +
      'its operator has named. The browser reports this in `Sec-Fetch-Site` and `Origin`. Programs ' +
      'other than browsers send `Authorization: Bearer <token>`, or `Sec-Fetch-Site: same-origin` with ' +
      'the cookie.',
  },
  too_large: {
    status: 413,
    title: 'The body is too large',
    explanation:
      'A body may have at most 16 KiB (16,384 bytes), a message 128 KiB (131,072 bytes), and a ' +
      'batch of messages 1 MiB (1,048,576 bytes). Send a large batch in parts.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has an unsupported type',
    explanation: 'Send JSON in UTF-8, without compression, with `Content-Type: application/json`.',
  },
} as const
