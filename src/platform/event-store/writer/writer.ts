/**
 * The writer of an OS process. Append requests that arrive while an append is in flight share the next one:
 * one round trip, one transaction, one flush to disk.
 *
 * Promises: an idle writer sends a request at once; each request gets its own append result; the queues are
 * bounded. After a lost connection, a request that was sent is looked up before it is sent again, so it is
 * recorded once or not at all. When that cannot be determined, the caller learns that the result is unknown.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseError, type Pool, type PoolClient } from 'pg'
import { type AppendResults, append, findRecorded, type Write } from '../append.ts'
import { toResult } from '../append-request.ts'
import { RejectedError, UnavailableError } from '../errors.ts'
import { AppendQueues } from './append-queues.ts'
import { PendingAppend } from './pending-append.ts'

/** The first and the longest pause (ms) between attempts to reach the database. */
const [firstPauseMs, longestPauseMs] = [20, 250]

export interface WriterOptions {
  /** A pool of one connection for this writer alone. Two connections were slower than one. */
  readonly pool: Pool
  /** Called with the reason when a batch was not appended; the writer retries it. */
  readonly onTrouble: (error: unknown) => void
  /** How long (ms) a request waits for an unreachable database; 10 s by default, longer than a restart. */
  readonly patienceMs?: number
}

export interface Writer {
  /** Throws RejectedError, OverloadedError or UnavailableError. */
  readonly write: Write
  /** Accepts no new requests. Resolves when every waiting request has its result. The pool stays open. */
  close(): Promise<void>
}

/** A writer on the one connection of its pool, idle until the first request. */
export function createWriter({ pool, onTrouble, patienceMs = 10_000 }: WriterOptions): Writer {
  const queues = new AppendQueues(() => performance.now())
  const delivery = { pool, onTrouble, patienceMs, queues }
  let writing: Promise<void> | undefined
  let closing = false

  const run = async (): Promise<void> => {
    while (queues.length > 0) {
      await queues.ready()
      const { batch, settle } = queues.next()
      const started = performance.now()
      await deliver(delivery, batch)
      settle(performance.now() - started)
    }
    writing = undefined
  }

  return {
    write: (request) =>
      new Promise((accept, reject) => {
        if (closing) throw new UnavailableError('The server is stopping; nothing was recorded.')
        queues.add(new PendingAppend(request, accept, reject))
        writing ??= run()
      }),
    close: async () => {
      closing = true
      await writing
    },
  }
}

interface Delivery extends Required<WriterOptions> {
  readonly queues: AppendQueues
}

/** Sends a batch until each of its requests has a result. */
async function deliver(delivery: Delivery, batch: readonly PendingAppend[]): Promise<void> {
  let left = batch
  let pauseMs = firstPauseMs
  while (left.length > 0) {
    try {
      await send(delivery, left)
    } catch (error) {
      const [first] = left
      if (isTransient(error)) {
        if (pauseMs === firstPauseMs) delivery.onTrouble(error)
        rejectExpired(delivery, left, error)
        await pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      } else if (left.length === 1) {
        first?.reject(error)
      } else {
        // One request made the whole call fail. Bisection finds it, and only that request fails.
        await deliver(delivery, left.slice(0, left.length >> 1))
      }
    }
    left = left.filter(isOpen)
  }
}

/** Rejects the requests, also queued ones, that have waited longer than the writer's patience. */
function rejectExpired(
  { queues, patienceMs }: Delivery,
  left: readonly PendingAppend[],
  cause: unknown,
): void {
  const before = performance.now() - patienceMs
  const older = left.filter(({ since }) => since < before)
  for (const each of [...older, ...queues.takeOlder(before)]) each.reject(unavailable(each, cause))
}

function unavailable({ isDoubtful }: PendingAppend, cause: unknown): UnavailableError {
  const reason = isDoubtful
    ? 'The command was sent to the database, which did not answer; it may be recorded, or not.'
    : 'The database cannot be reached; nothing was recorded.'
  return new UnavailableError(reason, cause)
}

/** Sends a batch with one call of log.append. Throws when no results arrived. */
async function send({ pool, queues }: Delivery, batch: readonly PendingAppend[]): Promise<void> {
  const client = await pool.connect()
  // The pool handles errors of idle connections only, and an unhandled error would end the OS process.
  client.on('error', ignoreError)
  let lost = false
  try {
    await settleRecorded(client, batch)
    await sendAll(client, queues, batch.filter(isOpen))
  } catch (error) {
    // A session that began while the database was read-only stays so.
    lost = !isAnswer(error) || error.code === '25006'
    throw error
  } finally {
    client.release(lost)
    client.off('error', ignoreError)
  }
}

/** The query in progress fails with the same error. */
function ignoreError(): void {}

async function sendAll(
  client: PoolClient,
  queues: AppendQueues,
  batch: readonly PendingAppend[],
): Promise<void> {
  if (batch.length === 0) return
  const rejected: [PendingAppend, RejectedError][] = []
  const { results } = await appendOn(client, batch)
  for (const [index, result] of results.entries()) {
    const pending = batch[index] as PendingAppend
    const outcome = result && toResult(result)
    if (outcome instanceof RejectedError) rejected.push([pending, outcome])
    else if (outcome) pending.accept(outcome)
  }
  // A request that an earlier attempt recorded conflicts with its own events.
  await settleRecorded(
    client,
    rejected.map(([pending]) => pending),
  )
  for (const [pending, error] of rejected) {
    if (pending.isSettled) continue
    queues.penalize(pending.request.actor)
    // A rejection of a resent request is not final: a network can still deliver the first attempt, which
    // can then succeed where this one failed.
    pending.reject(pending.isDoubtful ? unavailable(pending, error) : error)
  }
}

async function appendOn(
  client: PoolClient,
  batch: readonly PendingAppend[],
): Promise<AppendResults> {
  try {
    return await append(
      client,
      batch.map(({ request }) => request),
    )
  } catch (error) {
    // After an error response nothing of the batch is recorded. Without a response, the result is unknown.
    if (!isAnswer(error)) for (const pending of batch) pending.isDoubtful = true
    throw error
  }
}

/** Accepts the requests that an earlier attempt has recorded. */
async function settleRecorded(client: PoolClient, batch: readonly PendingAppend[]): Promise<void> {
  const doubtful = batch.filter((pending) => pending.isDoubtful && isOpen(pending))
  if (doubtful.length === 0) return
  const recorded = await findRecorded(
    client,
    doubtful.map(({ request }) => request),
  )
  for (const [n, place] of recorded) doubtful[n]?.accept(place)
}

function isOpen({ isSettled }: PendingAppend): boolean {
  return !isSettled
}

/**
 * Whether PostgreSQL answered and keeps the connection; any other error means that the connection is lost.
 * The severity is in the language of the server, so the SQLSTATEs that end a connection are checked, too.
 */
function isAnswer(error: unknown): error is DatabaseError {
  if (!(error instanceof DatabaseError)) return false
  const { severity = '', code = '' } = error
  return !/^(?:FATAL|PANIC)$/.test(severity) && !/^(?:08|25P0[34]|57P)/.test(code)
}

/**
 * Whether a retry can help: the connection was lost, or the SQLSTATE (PostgreSQL, appendix A) is one of
 * connections, standbys, deadlocks, resources, lock timeouts or interventions by an operator.
 */
function isTransient(error: unknown): boolean {
  return !isAnswer(error) || /^(?:08|25006|40|53|55P03|57|58)/.test(error.code ?? '')
}
