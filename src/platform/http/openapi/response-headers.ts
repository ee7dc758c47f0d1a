/** Response headers in the OpenAPI document. Which response has which of them is left to the routes. */

const string = { type: 'string' }

export type HeaderName = keyof typeof headers

interface Header {
  readonly description: string
  readonly schema: object
  readonly example?: string
  /** True if every response that refers to this header has it. */
  readonly required?: true
}

const headers = {
  Location: {
    description: 'The path of the new resource, relative to this server',
    required: true,
    schema: { ...string, format: 'uri-reference' },
  },
  ETag: {
    description: 'The current version, for `If-Match`',
    required: true,
    schema: string,
    example: '"3"',
  },
  'Epistle-Position': {
    description:
      'A position in the log, in decimal. After a command: of the last event that it appended; absent if it ' +
      'changed nothing. After GET: of the last event that the response shows; it shows every event up to there',
    required: true,
    schema: string,
    example: '42',
  },
  'Epistle-Cursor': {
    description: 'Where the page of the feed ends. Pass it as `after` in the next request',
    required: true,
    schema: string,
    example: '42.019ae1c0-7a52-7c3e-8d1f-5b6c7d8e9f00',
  },
  'Set-Cookie': {
    description:
      'In cookie mode: the cookie of the new session, or, when the session of the request ends, the one that ' +
      'deletes it',
    schema: string,
    example:
      '__Host-epistle=70zDs6D0RB63…; Max-Age=34560000; Path=/; Secure; HttpOnly; SameSite=Strict',
  },
  'Retry-After': {
    description: 'How many seconds to wait before a retry',
    schema: { type: 'integer' },
  },
  RateLimit: {
    description: 'What is left of the limit (`r`), and in how many seconds it is refilled (`t`)',
    schema: string,
    example: '"sending";r=0;t=3',
  },
  'RateLimit-Policy': {
    description:
      'The limit that was reached: quota (`q`) per window of seconds (`w`), or of concurrent requests',
    schema: string,
    example: '"sending";q=200;w=40',
  },
  'WWW-Authenticate': { description: 'How to authenticate (RFC 6750)', schema: string },
  Accept: { description: 'The media type that the body must have', schema: string },
  'Accept-Post': { description: 'The same as `Accept`, in responses to POST', schema: string },
  'Accept-Patch': { description: 'The same as `Accept`, in responses to PATCH', schema: string },
  'Accept-Encoding': {
    description: 'Present if the content coding of the body is the reason',
    schema: string,
    example: 'identity',
  },
} as const satisfies Record<string, Header>

export const headerComponents: Readonly<Record<HeaderName, Header>> = headers
