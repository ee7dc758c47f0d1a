/**
 * The writer: one per process, through which all its commands go, so that those which come while an
 * append is in flight share the next one: one round trip, one transaction, one flush to disk.
 *
 * Promises: on an idle server a command goes at once; each gets its own verdict; what waits is bounded;
 * when the connection is lost, a command that was sent is looked up before it is sent again, so it
 * is recorded once or not at all; and where that cannot be known, nobody guesses.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseError, type Pool, type PoolClient } from 'pg'
import { append, findRecorded, type Write } from '../append.ts'
import { type AppendResult, toResult } from '../append-request.ts'
import { RejectedError, UnavailableError } from '../errors.ts'
import { AppendQueues } from './append-queues.ts'
import { PendingAppend } from './pending-append.ts'

/** Between tries to reach it, ms: first and longest. */
const [firstPauseMs, longestPauseMs] = [20, 250]

export interface WriterOptions {
  /** A pool of one connection, the writer's own: two were slower than one. */
  readonly pool: Pool
  /** Told of whatever kept a batch from being appended; the batch is tried again. */
  readonly onTrouble: (error: unknown) => void
  /** How long a command may wait for a database that is away: 10 s, for a restart takes less. */
  readonly patienceMs?: number
}

export interface Writer {
  /** Throws RejectedError, OverloadedError or UnavailableError. */
  readonly write: Write
  /** Takes nothing new, and answers when all that waits has its verdict. The pool stays open. */
  close(): Promise<void>
}

/** The writer of a process, on the one connection of its pool; idle until the first request. */
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
      new Promise((accept, refuse) => {
        if (closing) throw new UnavailableError('The server is stopping; nothing was recorded.')
        queues.add(new PendingAppend(request, accept, refuse))
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

/** Gives every command of a batch its verdict, however often it has to be sent. */
async function deliver(delivery: Delivery, batch: readonly PendingAppend[]): Promise<void> {
  let left = batch
  let pauseMs = firstPauseMs
  while (left.length > 0) {
    try {
      await send(delivery, left)
    } catch (error) {
      const [first] = left
      if (isPassing(error)) {
        if (pauseMs === firstPauseMs) delivery.onTrouble(error)
        giveUp(delivery, left, error)
        await pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      } else if (left.length === 1) {
        first?.refuse(error)
      } else {
        // One of them is at fault: it is found by halves, and fails alone.
        await deliver(delivery, left.slice(0, left.length >> 1))
      }
    }
    left = left.filter(isOpen)
  }
}

/** Fails those that have waited longer than is of use to anybody. */
function giveUp(
  { queues, patienceMs }: Delivery,
  left: readonly PendingAppend[],
  cause: unknown,
): void {
  const before = performance.now() - patienceMs
  const older = left.filter(({ since }) => since < before)
  for (const each of [...older, ...queues.takeOlder(before)]) each.refuse(unavailable(each, cause))
}

function unavailable({ isDoubtful }: PendingAppend, cause: unknown): UnavailableError {
  const reason = isDoubtful
    ? 'The command was sent to the database, which did not answer: it may be recorded, or not.'
    : 'The database cannot be reached; nothing was recorded.'
  return new UnavailableError(reason, cause)
}

/** Settles what it can of a batch by one call of log.append; throws what kept it from that. */
async function send({ pool, queues }: Delivery, batch: readonly PendingAppend[]): Promise<void> {
  const client = await pool.connect()
  // The pool listens to idle connections alone, and an error that nobody listens to ends the process.
  client.on('error', heardByTheQuery)
  let lost = false
  try {
    await settleRecorded(client, batch)
    await sendAll(client, queues, batch.filter(isOpen))
  } catch (error) {
    lost = !isAnswer(error)
    throw error
  } finally {
    client.release(lost)
    client.off('error', heardByTheQuery)
  }
}

function heardByTheQuery(): void {}

async function sendAll(
  client: PoolClient,
  queues: AppendQueues,
  batch: readonly PendingAppend[],
): Promise<void> {
  if (batch.length === 0) return
  const refused: [PendingAppend, RejectedError][] = []
  for (const [index, verdict] of (await appendOn(client, batch)).entries()) {
    const waiting = batch[index] as PendingAppend
    const outcome = verdict && toResult(verdict)
    if (outcome instanceof RejectedError) refused.push([waiting, outcome])
    else if (outcome) waiting.accept(outcome)
  }
  // What is recorded already is refused, too: by itself.
  await settleRecorded(
    client,
    refused.map(([waiting]) => waiting),
  )
  for (const [waiting, error] of refused) {
    if (waiting.isSettled) continue
    queues.penalize(waiting.request.actor)
    // Of what was sent before only a yes is certain: the first try may still arrive, from a network
    // that held it back, and may find what this one missed.
    waiting.refuse(waiting.isDoubtful ? unavailable(waiting, error) : error)
  }
}

async function appendOn(
  client: PoolClient,
  batch: readonly PendingAppend[],
): Promise<AppendResult[]> {
  try {
    return await append(
      client,
      batch.map(({ request }) => request),
    )
  } catch (error) {
    // An answer, even that of an error, says that nothing of it stands. Silence says nothing.
    if (!isAnswer(error)) for (const waiting of batch) waiting.isDoubtful = true
    throw error
  }
}

/** Accepts those that were sent before, and did arrive. */
async function settleRecorded(client: PoolClient, batch: readonly PendingAppend[]): Promise<void> {
  const doubtful = batch.filter((waiting) => waiting.isDoubtful && isOpen(waiting))
  if (doubtful.length === 0) return
  const recorded = await findRecorded(
    client,
    doubtful.map(({ request }) => request),
  )
  for (const [n, where] of recorded) doubtful[n]?.accept(where)
}

function isOpen({ isSettled }: PendingAppend): boolean {
  return !isSettled
}

/**
 * The server answered and goes on; anything else is a connection that is gone. PostgreSQL tells the
 * severity in its own language, hence also the SQLSTATEs with which it ends one.
 */
function isAnswer(error: unknown): error is DatabaseError {
  if (!(error instanceof DatabaseError)) return false
  const { severity = '', code = '' } = error
  return !/^(?:FATAL|PANIC)$/.test(severity) && !/^(?:08|25P0[34]|57P)/.test(code)
}

/**
 * Whether trying again may help: the connection was lost, or one of the SQLSTATEs (PostgreSQL,
 * appendix A) of connections, standbys, deadlocks, resources, locks not had in time, interventions.
 */
function isPassing(error: unknown): boolean {
  return !isAnswer(error) || /^(?:08|25006|40|53|55P03|57|58)/.test(error.code ?? '')
}
