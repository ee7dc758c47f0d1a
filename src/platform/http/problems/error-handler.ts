/**
 * Sends every failure as `application/problem+json` (RFC 9457).
 *
 * There are four kinds of failure: errors that a route or hook throws, unknown paths and methods, paths
 * that cannot be decoded, and bytes that are not HTTP. Faults of the server are logged; faults of the
 * client are only in the access log.
 */

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AllowedMethods } from '../allowed-methods.ts'
import type { App } from '../app.ts'
import { drain } from '../body.ts'
import { headersWithoutRequest, setHeaders } from '../headers.ts'
import { problemOf } from './error-to-problem.ts'
import { Problem } from './problem.ts'

const problemJson = 'application/problem+json'
/** How long a client that sent no HTTP has to read the response. */
const lingerMilliseconds = 1_000

/** Handles errors of routes and hooks, and requests without a route. */
export function handleErrors(app: App, allowed: AllowedMethods): void {
  app.setErrorHandler((error, request, reply) => sendProblem(problemOf(error), request, reply))
  app.setNotFoundHandler((request) => {
    throw noRoute(request, allowed)
  })
  // Before the body is read: an unknown path is 404, whatever the body contains.
  app.addHook('onRequest', (request, _reply, done) => {
    const { host } = request.raw.headers
    if (host === undefined && request.raw.httpVersion !== '1.0') {
      done(new Problem('malformed_request', { detail: 'Send a Host header.' }))
    } else done(request.is404 ? noRoute(request, allowed) : undefined)
  })
}

/** 404 or 405. A route can also lead here by itself, e.g. for a missing file; that is 404. */
function noRoute(request: FastifyRequest, allowed: AllowedMethods): Problem {
  const methods = allowed(pathOf(request))
  if (!methods || methods.includes(request.method)) {
    return new Problem('not_found', { detail: 'No resource has this path.' })
  }
  return new Problem('method_not_allowed', { headers: { Allow: methods.join(', ') } })
}

/** Handles a path like `/%zz`, which fails before routing and before every hook. */
export function handleBadUrl(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  setHeaders(reply)
  void sendProblem(undecodable(), request, reply)
}

/** `validation_failed` for a path that is not percent-encoded UTF-8. */
function undecodable(): Problem {
  return new Problem('validation_failed', {
    errors: [{ parameter: 'path', message: 'expected percent-encoded UTF-8' }],
  })
}

/** Responds to bytes that are not HTTP. There is no request, only the socket. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.writableEnded) {
    socket.destroy()
    return
  }
  const { status, document } = new Problem('malformed_request', detailOf(error.code))
  const body = JSON.stringify(document)
  const headers = {
    ...headersWithoutRequest(),
    'Content-Type': problemJson,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  // Closing a socket with unread bytes sends a reset, and the client would lose the response.
  socket.resume()
  setTimeout(() => socket.destroy(), lingerMilliseconds).unref()
}

async function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply) {
  logServerFault(problem, request)
  if (!(await drain(request.raw))) reply.header('connection', 'close')
  request.problem = problem
  // As bytes: to a string the framework would add a charset, which this type does not have.
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(problemJson)
    .send(Buffer.from(JSON.stringify(problem.document)))
}

function logServerFault(problem: Problem, request: FastifyRequest): void {
  if (problem.code === 'internal') {
    request.log.error({ err: problem.cause }, 'a request failed with an internal error')
  } else if (problem.code === 'unavailable' || problem.code === 'unknown_event') {
    request.log.warn({ err: problem.cause }, 'a request could not be served')
  }
}

function detailOf(code: string | undefined): { detail?: string } {
  if (code === 'HPE_HEADER_OVERFLOW') return { detail: 'The headers exceed 16 KiB.' }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { detail: 'The request took too long to arrive.' }
  return {}
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The problem that was sent, for the log. */
    problem: Problem | undefined
  }
}
