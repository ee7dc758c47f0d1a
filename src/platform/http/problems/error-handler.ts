/**
 * Sends every failure as `application/problem+json` (RFC 9457).
 *
 * There are three kinds of failure here: errors that a route or hook throws, requests with invalid syntax, and
 * unknown paths and methods. `unreadable-requests.ts` has the fourth, bytes that Node cannot read. Faults of
 * the server are logged; faults of the client are only in the access log.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AllowedMethods } from '../allowed-methods.ts'
import type { App } from '../app.ts'
import { sessionEndFirst } from '../authentication.ts'
import { drain } from '../body.ts'
import { syntaxProblem } from '../message-syntax.ts'
import { problemOf } from './error-to-problem.ts'
import { Problem } from './problem.ts'
import { headersOf } from './required-headers.ts'

const problemJson = 'application/problem+json'

/** Handles errors of routes and hooks, and requests without a route. */
export function handleErrors(app: App, allowed: AllowedMethods): void {
  app.setErrorHandler(async (error, request, reply) => {
    const first = await sessionEndFirst(request, error)
    return sendProblem(problemOf(first, request.body), request, reply, allowed(pathOf(request)))
  })
  app.setNotFoundHandler((request) => {
    throw noRoute(request, allowed)
  })
  // Before the body is read: an unknown path is 404, whatever the body contains.
  app.addHook('onRequest', (request, reply, done) => {
    const invalid = syntaxProblem(request.raw)
    if (invalid) return done(invalid)
    if (request.method === 'OPTIONS') return sendOptions(reply, allowed(pathOf(request)), done)
    done(request.is404 || hasEmptyId(request) ? noRoute(request, allowed) : undefined)
  })
}

/** The response to OPTIONS (RFC 9110, 9.3.7). Preflights of CORS have been answered before. */
function sendOptions(
  reply: FastifyReply,
  methods: readonly string[] | undefined,
  done: (problem?: Problem) => void,
): void {
  if (methods) reply.code(204).header('Allow', methods.join(', ')).send()
  else done(unknownPath())
}

/** Whether the path ends where its id would be, as in `/messages/`. The router passes an empty id. */
function hasEmptyId({ params }: FastifyRequest): boolean {
  const values = params as Record<string, string>
  for (const name in values) if (name !== '*' && values[name] === '') return true
  return false
}

function unknownPath(): Problem {
  return new Problem('not_found', { detail: 'No resource has this path.' })
}

/** 404 or 405. A route can also lead here by itself, e.g. for a missing file; that is 404. */
function noRoute(request: FastifyRequest, allowed: AllowedMethods): Problem {
  const methods = allowed(pathOf(request))
  if (!methods || methods.includes(request.method)) return unknownPath()
  return new Problem('method_not_allowed')
}

async function sendProblem(
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[] = [],
) {
  logServerFault(problem, request)
  if (!(await drain(request.raw))) reply.header('connection', 'close')
  request.problem = problem
  const { title } = request.server.problems[problem.code]
  // As bytes: to a string the framework would add a charset, which this type does not have.
  return reply
    .code(problem.status)
    .headers(headersOf(problem, { method: request.method, allowed }))
    .type(problemJson)
    .send(Buffer.from(JSON.stringify({ ...problem.document, title })))
}

function logServerFault(problem: Problem, request: FastifyRequest): void {
  if (problem.code === 'internal') {
    request.log.error({ err: problem.cause }, 'a request failed with an internal error')
  } else if (problem.code === 'unavailable' || problem.code === 'unknown_event') {
    // A health check logs the changes of its result by itself.
    const level = request.routeOptions.config.quiet ? 'debug' : 'warn'
    request.log[level]({ err: problem.cause }, 'a request could not be served')
  }
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
