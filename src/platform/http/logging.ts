/**
 * The log: one line per request, without secrets.
 *
 * A line contains method, path, status, duration, the client's network, ids, the position and the problem code;
 * never a body, a query string, a row or any other header. Errors are logged field by field, because PostgreSQL
 * quotes whole rows in `detail`. The format is readable on a terminal and JSON elsewhere.
 */

import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import pino, { type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import { traceIdOf } from './metadata.ts'
import { clientOf } from './rate-limiting.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Requests are logged at debug: a health check, a file of a page, or what open pages read again and again. Those
     * that are refused for their credentials are logged at info.
     */
    quiet?: boolean
  }
}

/** Creates the log of a process. `destination` replaces standard output in tests. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    serializers: { err: errorFacts },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (name) => ({ level: name }) },
  }
  if (destination) return pino(options, destination)
  if (process.stdout.isTTY && isInstalled('pino-pretty')) {
    return pino({ ...options, transport: { target: 'pino-pretty', options: { singleLine: true } } })
  }
  return pino(options, writeAfterNextTurn(pino.destination({ sync: true })))
}

/** Logs one line when a request completes, instead of the framework's two. */
export class AccessLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'requestId' })
  }

  override incomingRequest(): void {}

  override requestCompleted(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    // The path of an invalid target is `*`.
    const { method, originalUrl, url, principal, problem } = request
    const facts = {
      method,
      path: (url === '*' ? originalUrl : url).split('?', 1)[0],
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      client: clientOf(request),
      // Each is undefined where it does not apply, and then is not written.
      userId: principal?.userId,
      traceId: traceIdOf(request),
      position: reply.getHeader('epistle-position'),
      problem: problem?.code,
    }
    if (error) request.log.error({ ...facts, err: error }, 'request aborted')
    else request.log[isQuiet(request, reply) ? 'debug' : 'info'](facts, 'request')
  }
}

/** Browsers send OPTIONS before requests of other origins. */
function isQuiet({ method, routeOptions }: FastifyRequest, { statusCode }: FastifyReply): boolean {
  const isRefused = statusCode === 401 || statusCode === 403
  return method === 'OPTIONS' || (routeOptions.config.quiet === true && !isRefused)
}

/** The fields of an error that may be logged: message, stack and schema names, never data. */
function errorFacts(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'a value that is not an Error was thrown' }
  const { name, message, stack, cause } = error
  const { code, constraint, schema, table, severity } = error as unknown as Record<string, unknown>
  const facts = { type: name, message, code, constraint, schema, table, severity, stack }
  return cause === undefined ? facts : { ...facts, cause: errorFacts(cause) }
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}

/**
 * Writes the lines of a turn of the event loop in one piece, because writing a line by itself takes longer than
 * formatting it. It does so at the end of the next turn: that turn often receives the next request of a client that was
 * just answered, whose events the writer sends at its end (`event-store/writer/writer.ts`), and they go first. A process
 * that exits writes the remaining lines before.
 */
function writeAfterNextTurn(out: DestinationStream): DestinationStream {
  let lines = ''
  const flush = () => {
    if (lines !== '') out.write(lines)
    lines = ''
  }
  const flushAfterTurn = () => setImmediate(flush)
  process.once('exit', flush)
  return {
    write: (line) => {
      if (lines === '') setImmediate(flushAfterTurn)
      lines += line
    },
  }
}
