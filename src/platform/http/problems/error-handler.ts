/**
 * How a failure leaves: `application/problem+json` (RFC 9457), whatever failed, wherever.
 *
 * Four ways lead here: what a route or hook throws, addresses and methods nobody knows, addresses
 * that cannot be decoded, and bytes that are no HTTP at all. What is our fault is logged; what is the
 * caller's is only in the access log.
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
/** How long a client that sent no HTTP may take to read what we think of it. */
const lingerMilliseconds = 1_000

/** Answers errors of routes and hooks, and what no route was found for. */
export function answerProblems(app: App, allowed: AllowedMethods): void {
  app.setErrorHandler((error, request, reply) => answer(problemOf(error), request, reply))
  app.setNotFoundHandler((request) => {
    throw unknownAddress(request, allowed)
  })
  // Before a body is looked at, whose faults are nobody's business here.
  app.addHook('onRequest', (request, _reply, done) => {
    const { host } = request.raw.headers
    if (host === undefined && request.raw.httpVersion !== '1.0') {
      done(new Problem('malformed_request', { detail: 'The Host header is missing.' }))
    } else done(request.is404 ? unknownAddress(request, allowed) : undefined)
  })
}

/** 404 or 405. A route that finds nothing for its own method, a static file say, is 404. */
function unknownAddress(request: FastifyRequest, allowed: AllowedMethods): Problem {
  const methods = allowed(pathOf(request))
  if (!methods || methods.includes(request.method)) {
    return new Problem('not_found', { detail: 'There is nothing at this address.' })
  }
  return new Problem('method_not_allowed', { headers: { Allow: methods.join(', ') } })
}

/** Answers what fails before there is a route, and so before any hook: an address like `/%zz`. */
export function answerBadUrl(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  setHeaders(reply)
  void answer(undecodable(), request, reply)
}

/** `validation_failed` for a path that is no percent-encoded UTF-8. */
function undecodable(): Problem {
  return new Problem('validation_failed', {
    errors: [{ parameter: 'path', message: 'is not percent-encoded UTF-8' }],
  })
}

/** Answers bytes that are no HTTP. There is no request, so there is only the socket. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
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
  // Closed at once, with bytes of theirs unread, the answer would be lost to a reset.
  socket.resume()
  setTimeout(() => socket.destroy(), lingerMilliseconds).unref()
}

async function answer(problem: Problem, request: FastifyRequest, reply: FastifyReply) {
  logOurs(problem, request)
  if (!(await drain(request.raw))) reply.header('connection', 'close')
  request.problem = problem
  // As bytes, because the framework would add a charset, which this type does not have.
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(problemJson)
    .send(Buffer.from(JSON.stringify(problem.document)))
}

function logOurs(problem: Problem, request: FastifyRequest): void {
  if (problem.code === 'internal') {
    request.log.error({ err: problem.cause }, 'a request failed through our fault')
  } else if (problem.code === 'unavailable' || problem.code === 'unknown_event') {
    request.log.warn({ err: problem.cause }, 'a request could not be served')
  }
}

function detailOf(code: string | undefined): { detail?: string } {
  if (code === 'HPE_HEADER_OVERFLOW') return { detail: 'The headers are larger than 16 KiB.' }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { detail: 'The request took too long to arrive.' }
  return {}
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The problem the request was answered with, for the log. */
    problem: Problem | undefined
  }
}
