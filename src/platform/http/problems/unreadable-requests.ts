/**
 * Responds to bytes that Node could not read as a request. There is no request and no hook, only the socket,
 * so the response is written by hand. It has the headers of every other response.
 */

import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { App } from '../app.ts'
import { headersWithoutRequest } from '../headers.ts'
import { Problem } from './problem.ts'
import { headersOf } from './required-headers.ts'

/** How long a client that sent no HTTP has to read the response. */
const lingerMilliseconds = 1_000

/** An error of Node's HTTP parser; `rawPacket` is the last chunk, in which it stopped at `bytesParsed`. */
interface ParserError extends NodeJS.ErrnoException {
  readonly rawPacket?: unknown
  readonly bytesParsed?: number
}

/** A whole request line of HTTP/1 (RFC 9112, 3), with any token as its method (RFC 9110, 5.6.2). */
const requestLine = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r?$/
const versionAtEnd = / HTTP\/\d\.\d\r?$/
const originLine = /\norigin:[ \t]*(\S+)[ \t]*\r?\n/i

/** What Node keeps at a socket: the response that is sent, or that a handler works on. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: ServerResponse | null
}

/** Creates the handler of Node's `clientError` event. */
export function respondToUnreadable(corsOrigins: readonly string[]) {
  const rejected = new WeakSet<Socket>()
  return (error: ParserError, socket: HttpSocket): void => {
    // Node reports every further chunk as well.
    if (rejected.has(socket)) return
    rejected.add(socket)
    if (error.code === 'ECONNRESET') return void socket.destroy()
    const { rawPacket } = error
    const text = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : ''
    const origin = originLine.exec(text)?.[1] ?? socket._httpMessage?.req.headers.origin
    const problem = problemOf(error, text)
    afterEarlierResponses(socket, () =>
      write(socket, problem, headersWithoutRequest(corsOrigins, origin)),
    )
  }
}

/** Responses have the order of their requests (RFC 9112, 9.3.2), also when the last one is unreadable. */
function afterEarlierResponses(socket: HttpSocket, respond: () => void): void {
  const current = socket._httpMessage
  if (current?.req.complete) {
    current.once('close', () => setImmediate(afterEarlierResponses, socket, respond))
  } else if (socket.writable && !current?.headersSent) respond()
  // A response has begun while its request was still arriving: it cannot become another one.
  else socket.destroy()
}

/** Responds to CONNECT, which Node passes to no route; without a listener it closes the connection. */
export function rejectTunnels(app: App, corsOrigins: readonly string[]): void {
  app.server.on('connect', ({ headers }, socket) => {
    const problem = new Problem('not_implemented', { detail: 'This server is not a proxy.' })
    write(socket as Socket, problem, headersWithoutRequest(corsOrigins, headers.origin))
  })
}

function problemOf({ code, bytesParsed = 0 }: ParserError, text: string): Problem {
  // The line in which the parser stopped. It is whole in the first packet of almost every client.
  const start = text.lastIndexOf('\n', bytesParsed - 1) + 1
  const [line = ''] = text.slice(start).split('\n', 1)
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout')
    case 'HPE_HEADER_OVERFLOW':
      return versionAtEnd.test(line)
        ? new Problem('uri_too_long')
        : new Problem('headers_too_large')
    case 'HPE_INVALID_METHOD':
    case 'HPE_INVALID_CONSTANT': // A method of RTSP or ICE, which the parser knows.
      return requestLine.test(line)
        ? new Problem('not_implemented')
        : new Problem('malformed_request')
    case 'HPE_INVALID_VERSION':
      return versionAtEnd.test(line)
        ? new Problem('http_version_not_supported')
        : new Problem('malformed_request')
    case 'HPE_PAUSED_H2_UPGRADE':
      return new Problem('http_version_not_supported')
    default:
      return new Problem('malformed_request')
  }
}

function write(socket: Socket, problem: Problem, common: Readonly<Record<string, string>>): void {
  const { status, document } = problem
  const body = JSON.stringify(document)
  const headers = {
    Date: new Date().toUTCString(),
    ...common,
    ...headersOf(problem, { method: '', allowed: [] }),
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  // Closing a socket with unread bytes sends a reset, and the client would lose the response.
  socket.resume()
  setTimeout(() => socket.destroy(), lingerMilliseconds).unref()
}
