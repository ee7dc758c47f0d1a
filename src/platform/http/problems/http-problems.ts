/**
 * The part of the catalogue (`catalogue.ts`) for requests that reach no operation, because they cannot be read or routed.
 * Every port can send them, and no operation lists them.
 */

export const httpProblems = {
  malformed_request: {
    status: 400,
    title: 'The request is not valid HTTP',
    explanation:
      'The bytes could not be read as an HTTP/1.1 request: the request line or a header is ' +
      'broken. The server closes the connection.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This path does not support this method',
    explanation: 'The path exists, but not for this method. `Allow` lists the supported methods.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    explanation:
      'Send the headers within 10 seconds, the rest within 30. The server closes the connection.',
  },
  uri_too_long: {
    status: 414,
    title: 'The URL is too long',
    explanation: 'The request line and all headers together may have at most 16 KiB.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    explanation: 'The request line and all headers together may have at most 16 KiB.',
  },
  not_implemented: {
    status: 501,
    title: 'This server does not support the method or transfer coding',
    explanation:
      'No path supports this method; write the names of methods in upper case. For a body, the ' +
      'only transfer coding is `chunked`.',
  },
  http_version_not_supported: {
    status: 505,
    title: 'This server supports only HTTP/1.1',
    explanation: 'Send HTTP/1.1 or HTTP/1.0. A proxy in front of the server can offer HTTP/2.',
  },
} as const
