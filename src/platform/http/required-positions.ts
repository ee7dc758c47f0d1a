/**
 * `Epistle-Position` of requests that read: the response shows every event up to there, from whichever server.
 *
 * A GET with a position is read from a standby that shows it. If none does at once, it waits a while for one, and is
 * then read from the primary server, as it is after any failure of a standby, and without a position. So a client that
 * sends the greatest position it has seen never sees an earlier state. A handler can run twice, and only reads.
 */

import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { z } from 'zod'
import { measured } from '../metrics/measurements.ts'
import type { Connectable } from '../postgres/prepared.ts'
import { BehindError, type Reading } from '../postgres/snapshot.ts'
import { awaitPosition } from '../standby-reads/await-position.ts'
import { type Standby, StandbyFailedError } from '../standby-reads/standby.ts'
import type { Standbys } from '../standby-reads/standbys.ts'
import type { App } from './app.ts'
import { validationFailed } from './problems/problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** How the response is read now. */
    reading: Reading | undefined
  }
}

export interface RequiredPositionDeps {
  /** The primary server. */
  readonly pool: Connectable
  readonly standbys: Standbys | undefined
  /** How long (ms) a response waits for a standby. */
  readonly waitMs: number
}

const positionHeaders = {
  'epistle-position': z
    .string()
    .optional()
    .meta({
      description:
        'The greatest `Epistle-Position` that you have seen. The response shows at least every event up to there, ' +
        'and can come from a standby of the database',
      example: '42',
    }),
}

/** Call it after `reportPositions` and `shareReads`: a response that waits for a standby takes no turn. */
export function requirePositions(app: App, deps: RequiredPositionDeps): void {
  app.decorateRequest('reading', undefined)
  app.addHook('onRoute', (route) => {
    const { method, config = {}, schema = {}, handler } = route
    if ((method !== 'GET' && method !== 'HEAD') || config.open) return
    const headers = (schema.headers ?? z.looseObject({})) as z.ZodObject
    route.schema = { ...schema, headers: headers.extend(positionHeaders) }
    route.config = { ...config, problems: [...(config.problems ?? []), 'position_unknown'] }
    route.handler =
      config.position === false ? onPrimary(handler, deps) : onAnyServer(handler, deps)
  })
}

type Handler = RouteOptions['handler']

/** For responses that are not read from one snapshot: the primary server shows the position before they begin. */
function onPrimary(handler: Handler, { pool }: RequiredPositionDeps): Handler {
  return async function (request: FastifyRequest, reply: FastifyReply) {
    const position = requiredPosition(request)
    if (position !== undefined) await awaitPosition(pool, position)
    return handler.call(this, request, reply)
  }
}

function onAnyServer(handler: Handler, deps: RequiredPositionDeps): Handler {
  return function (request: FastifyRequest, reply: FastifyReply) {
    const atLeast = requiredPosition(request)
    const read = async (standby?: Standby) => {
      request.reading = { atLeast, standby }
      reply.removeHeader('Epistle-Position')
      const answer = await handler.call(this, request, reply)
      standby?.note(BigInt(String(reply.getHeader('Epistle-Position') ?? 0)))
      return answer
    }
    return new Answer(deps, atLeast, read).read()
  }
}

/** The answer to one request. */
class Answer {
  readonly #deps: RequiredPositionDeps
  readonly #atLeast: bigint | undefined
  readonly #readFrom: (standby?: Standby) => Promise<unknown>

  constructor(
    deps: RequiredPositionDeps,
    atLeast: bigint | undefined,
    readFrom: (standby?: Standby) => Promise<unknown>,
  ) {
    this.#deps = deps
    this.#atLeast = atLeast
    this.#readFrom = readFrom
  }

  async read(): Promise<unknown> {
    const atLeast = this.#atLeast
    if (atLeast === undefined) return this.#fromPrimary('no_position')
    const standby = this.#deps.standbys?.choose(atLeast)
    if (!standby) return this.#fromPrimary('no_standby')
    try {
      return await this.#fromStandby(standby)
    } catch (error) {
      if (error instanceof StandbyFailedError) return this.#fromPrimary('failed')
      if (error instanceof BehindError) return this.#fromPrimary('behind')
      throw error
    }
  }

  async #fromStandby(standby: Standby): Promise<unknown> {
    try {
      return report('standby', 'at_once', await this.#readFrom(standby))
    } catch (error) {
      if (!(error instanceof BehindError)) throw error
      if (!(await standby.reaches(error.needed, this.#deps.waitMs))) throw error
    }
    return report('standby', 'waited', await this.#readFrom(standby))
  }

  async #fromPrimary(reason: string): Promise<unknown> {
    try {
      return report('primary', reason, await this.#readFrom())
    } catch (error) {
      if (!(error instanceof BehindError)) throw error
      await awaitPosition(this.#deps.pool, error.needed)
    }
    return report('primary', reason, await this.#readFrom())
  }
}

function report<T>(from: 'standby' | 'primary', reason: string, answer: T): T {
  measured.read.report({ from, reason })
  return answer
}

/** The position in the header. Throws `validation_failed`. */
function requiredPosition({ headers }: FastifyRequest): bigint | undefined {
  const header = headers['epistle-position']
  if (header === undefined) return undefined
  const text = String(header).trim()
  if (/^[0-9]{1,19}$/.test(text)) return BigInt(text)
  throw validationFailed({
    parameter: 'Epistle-Position',
    code: 'invalid_format',
    params: { format: 'position' },
    message: 'expected a position of the log, a decimal number',
  })
}
