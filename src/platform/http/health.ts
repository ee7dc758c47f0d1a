/**
 * Liveness and readiness, for load balancers and process supervisors.
 *
 * `/livez` responds while the process runs and depends on nothing. `/readyz` responds 200 when the
 * server can take traffic: the database responds and accepts writes, every read table it reads is live,
 * and no stop has begun. Neither needs a session. Requests are logged at debug, and each change of `/readyz` at info.
 */

import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { Pool } from 'pg'
import { z } from 'zod'
import { inTime } from '../in-time.ts'
import { whyReadOnly } from '../postgres/read-only.ts'
import { findNotLive } from '../read-models/serve/find-not-live.ts'
import type { App } from './app.ts'
import { problemOf } from './problems/error-to-problem.ts'
import { Problem } from './problems/problem.ts'

export interface HealthDeps {
  readonly pool: Pick<Pool, 'connect'>
  /** The read tables that the server's queries read, e.g. `users_2`. */
  readonly readTables: readonly string[]
  /** True once a stop has begun. */
  readonly isStopping: () => boolean
  /** True while the server holds the leases on its read tables. */
  readonly mayRead: () => boolean
}

const tags = ['service']
const open = { open: true, withoutToken: true, quiet: true }

/** Adds `/livez` and `/readyz`. */
export function healthRoutes(app: App, deps: HealthDeps): void {
  const alive = {
    operationId: 'isAlive',
    tags,
    summary: 'Check that the process responds',
    description: 'Depends on nothing else. If it fails, restart the process.',
    response: { 200: z.strictObject({ status: z.literal('alive') }).meta({ id: 'Liveness' }) },
  }
  app.get('/livez', { schema: alive, config: open }, async () => {
    return { status: 'alive' as const }
  })

  const ready = {
    operationId: 'isReady',
    tags,
    summary: 'Check that the server can take traffic',
    description: '200 when the server can take traffic; otherwise take it out of rotation.',
    response: { 200: z.strictObject({ status: z.literal('ready') }).meta({ id: 'Readiness' }) },
  }
  const config = { ...open, problems: ['unavailable'] } as const
  const report = reportChanges(app.log)
  app.get('/readyz', { schema: ready, config }, async () => {
    try {
      await checkReadiness(deps)
    } catch (error) {
      report(error)
      throw error
    }
    report()
    return { status: 'ready' as const }
  })
}

/** How long (ms) others than `/readyz` wait for the check, which waits for a connection while all are busy. */
const answerMs = 3_000

/**
 * Why `/readyz` does not answer 200, in whole sentences; null if it does. It is the same check over the same connections.
 * So it is not ready while requests hold all of them, and that has to show: a check over other connections would succeed.
 */
export async function whyNotReady(deps: HealthDeps): Promise<string | null> {
  try {
    await inTime(checkReadiness(deps), answerMs, () =>
      unavailable(`The check has had no connection or no answer for ${answerMs / 1000} seconds.`),
    )
    return null
  } catch (error) {
    const { message, cause } = problemOf(error)
    const sentence = message.endsWith('.') ? message : `${message}.`
    return cause instanceof Error ? `${sentence} The reason: ${cause.message}.` : sentence
  }
}

async function checkReadiness(deps: HealthDeps): Promise<void> {
  const { pool, readTables, isStopping, mayRead } = deps
  if (isStopping()) throw unavailable('The server is stopping. Try again.')
  if (!mayRead()) throw notLeased()
  await checkDatabase(pool, readTables)
}

/** Throws when the database does not answer, accepts no writes, or a read table is not live. */
async function checkDatabase(
  pool: Pick<Pool, 'connect'>,
  readTables: readonly string[],
): Promise<void> {
  const client = await pool.connect()
  let discard = true
  try {
    const readOnly = await whyReadOnly(client)
    // A session that began while writes were not accepted stays read-only, so it is not used again.
    if (readOnly) throw unavailable('The database accepts no writes.', new Error(readOnly))
    discard = false
    const [missing] = await findNotLive(client, readTables)
    if (missing) throw unavailable(`The read table ${missing.name} is not live.`)
  } finally {
    client.release(discard)
  }
}

/** Logs that the server is not ready, with the reason, or is ready again: each time that this changes. */
function reportChanges(log: FastifyBaseLogger): (error?: unknown) => void {
  let last: string | undefined
  return (error) => {
    const reason = error === undefined ? undefined : reasonOf(error)
    if (reason === last) return
    last = reason
    if (reason === undefined) log.info('ready again')
    else log.warn({ err: error }, `not ready: ${reason}`)
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Problem && error.cause === undefined) return error.message
  const cause = error instanceof Problem ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

/**
 * Rejects requests that may read a read table while the server has lost its leases, because a table
 * without a lease can be retired. Open GET routes (health, docs, problems) read no table.
 *
 * What was read is used only if the leases are held afterwards as well: the session before the handler
 * runs, and the rows of a GET before they are sent. A command has been recorded by then, so it is answered.
 */
export function requireLeases(app: App, mayRead: () => boolean): void {
  const check = (request: FastifyRequest) => {
    if (mayRead() || request.is404) return
    if (!request.routeOptions.config.open || request.method !== 'GET') throw notLeased()
  }
  const checkFirst = (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    check(request)
    done()
  }
  app.addHook('onRequest', checkFirst)
  app.addHook('preHandler', checkFirst)
  app.addHook('preSerialization', (request, _reply, _payload, done) => {
    if (request.method === 'GET' || request.method === 'HEAD') check(request)
    done()
  })
}

/** A look-up whose result is used only if the leases are held afterwards as well. Throws `unavailable`. */
export function whileLeased<Found>(
  lookUp: (key: string) => Promise<Found>,
  mayRead: () => boolean,
): (key: string) => Promise<Found> {
  return async (key) => {
    const found = await lookUp(key)
    if (!mayRead()) throw notLeased()
    return found
  }
}

function notLeased(): Problem {
  return unavailable('The server has no connection to the primary database server. Try again.')
}

function unavailable(detail: string, cause?: Error): Problem {
  return new Problem('unavailable', { detail, ...(cause && { cause }) })
}
