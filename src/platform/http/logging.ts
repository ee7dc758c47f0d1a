/**
 * The log: one line a request, with what an operator needs and no secret.
 *
 * Written are method, path, status, duration, ids and the problem's code; never a header, a body, a
 * query or a row. Errors are written field by field, because PostgreSQL quotes whole rows in
 * `detail`. Readable on a terminal, JSON anywhere else.
 */

import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import pino, { type DestinationStream, type Logger, type LoggerOptions } from 'pino'

/** The log of a process. `destination` is standard output unless a test wants to read along. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = { level, base: null, serializers: { err: errorFacts } }
  if (destination) return pino(options, destination)
  if (process.stdout.isTTY && isInstalled('pino-pretty')) {
    return pino({ ...options, transport: { target: 'pino-pretty', options: { singleLine: true } } })
  }
  return pino(options, turnByTurn(pino.destination({ sync: true })))
}

/** Writes the one line when a request was answered, instead of the framework's two. */
export class AccessLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'requestId' })
  }

  override incomingRequest(): void {}

  override requestCompleted(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { method, url, principal, problem } = request
    const facts = {
      method,
      path: url.split('?', 1)[0],
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      ...(principal && { userId: principal.userId }),
      ...(problem && { problem: problem.code }),
    }
    if (error) request.log.error({ ...facts, err: error }, 'request broke off')
    else request.log.info(facts, 'request')
  }
}

/** What of an error may be written: its own words, and names of the schema, never its data. */
function errorFacts(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'something that is no Error was thrown' }
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
 * What is logged in one turn of the event loop is written at its end, in one piece: writing a line by
 * itself takes longer than making it. A process that exits writes what is left.
 */
function turnByTurn(out: DestinationStream): DestinationStream {
  let lines = ''
  const flush = () => {
    if (lines !== '') out.write(lines)
    lines = ''
  }
  process.once('exit', flush)
  return {
    write: (line) => {
      if (lines === '') setImmediate(flush)
      lines += line
    },
  }
}
