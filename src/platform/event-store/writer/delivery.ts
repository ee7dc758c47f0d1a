/**
 * The delivery of batches: sends a batch until each of its requests has a result, over whatever happens to the
 * connection and the database.
 *
 * Each query is a transaction of its own, so batches on their way at once do not affect each other. When the
 * connection is lost, every request that was written to it is doubtful, whichever batch failed first: it is
 * looked up before it is sent again. A request whose commit did not wait for the synchronous standby to its end is
 * doubtful, too.
 */

import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Span } from '@opentelemetry/api'
import type { Client } from 'pg'
import { measured } from '../../metrics/measurements.ts'
import { confirmCommits } from '../../postgres/confirmed-commits.ts'
import { isAnswer, isTransient } from '../../postgres/query-errors.ts'
import { failSpan } from '../../tracing.ts'
import { type AppendResults, append, findRecorded } from '../append.ts'
import { toResult } from '../append-request.ts'
import { RejectedError, UnavailableError } from '../errors.ts'
import type { AppendQueues } from './append-queues.ts'
import type { HeldConnection } from './held-connection.ts'
import type { PendingAppend } from './pending-append.ts'

/** The first and the longest pause (ms) between attempts to reach the database. */
const [firstPauseMs, longestPauseMs] = [20, 250]

export interface DeliveryOptions {
  readonly connection: HeldConnection
  readonly queues: AppendQueues
  /** Called with the reason when a batch was not appended, once until one is appended again. */
  readonly onTrouble: (error: unknown) => void
  /** How long (ms) a request waits for an unreachable database. */
  readonly patienceMs: number
}

export class Delivery {
  readonly #options: DeliveryOptions
  #isTroubled = false

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Whether the last attempt to append a batch failed for a reason that a retry can remove. */
  get isTroubled(): boolean {
    return this.#isTroubled
  }

  /** Sends a batch until each of its requests has a result. Never rejects. */
  async deliver(batch: readonly PendingAppend[], span?: Span): Promise<void> {
    let left = batch
    let pauseMs = firstPauseMs
    while (left.length > 0) {
      try {
        await this.#options.connection.use((client) => this.#send(client, left))
        this.#isTroubled = false
      } catch (error) {
        failSpan(span, error)
        const [first] = left
        if (isTransient(error)) {
          this.#reportTrouble(error)
          this.#rejectExpired(left, error)
          await pause(pauseMs)
          pauseMs = Math.min(pauseMs * 2, longestPauseMs)
        } else if (left.length === 1) {
          first?.reject(error)
        } else {
          // One request made the whole call fail. Bisection finds it, and only that request fails.
          await this.deliver(left.slice(0, left.length >> 1), span)
        }
      }
      left = left.filter(isOpen)
    }
  }

  #reportTrouble(error: unknown): void {
    if (!this.#isTroubled) this.#options.onTrouble(error)
    this.#isTroubled = true
  }

  /** Rejects the requests, also queued ones, that have waited longer than the writer's patience. */
  #rejectExpired(left: readonly PendingAppend[], cause: unknown): void {
    const { queues, patienceMs } = this.#options
    const before = performance.now() - patienceMs
    // Those of another type that were sent with a failed part can have their results.
    const older = left.filter((each) => isOpen(each) && each.since < before)
    for (const each of [...older, ...queues.takeOlder(before)]) {
      each.reject(unavailable(each, cause))
    }
  }

  /** Sends a batch with one call of an append function for each type. Throws when results of one did not arrive. */
  async #send(client: Client, batch: readonly PendingAppend[]): Promise<void> {
    if (batch.some(({ isDoubtful }) => isDoubtful)) await settleRecorded(client, batch)
    const parts = byType(batch.filter(isOpen))
    const waits = await allAnswered(parts.map((part) => this.#sendPart(client, part)))
    if (waits.length > 0) this.#options.queues.reportLockWait(Math.max(...waits))
  }

  /** Returns how long (ms) it waited for the append lock. */
  async #sendPart(client: Client, left: readonly PendingAppend[]): Promise<number> {
    const { results, waitedMs, seconds } = await appendOn(client, left)
    const rejected: [PendingAppend, RejectedError][] = []
    let [accepted, again] = [0, 0]
    const { length, isCallerAlone } = this.#options.queues
    // While no request waits, there is no next batch to send first.
    const isAlone = isCallerAlone && left.length === 1 && length === 0
    for (const [index, result] of results.entries()) {
      const pending = left[index] as PendingAppend
      const outcome = result && toResult(result)
      if (outcome instanceof RejectedError) rejected.push([pending, outcome])
      else if (outcome) {
        accepted += 1
        if (pending.isDoubtful) again += 1
        pending.accept(outcome, isAlone)
      }
    }
    measured.appendCall.report({ failed: false, seconds, accepted })
    if (again > 0) measured.doubtful.report({ end: 'recorded_again', count: again })
    if (rejected.length > 0) await this.#settleRejected(client, rejected)
    return waitedMs
  }

  async #settleRejected(
    client: Client,
    rejected: readonly [PendingAppend, RejectedError][],
  ): Promise<void> {
    // A request that an earlier attempt recorded conflicts with its own events.
    await settleRecorded(
      client,
      rejected.map(([pending]) => pending),
    )
    for (const [pending, error] of rejected) {
      if (pending.isSettled) continue
      this.#options.queues.penalize(pending.request.actor)
      // A rejection of a resent request is not final: a network can still deliver the first attempt, which
      // can then succeed where this one failed.
      if (pending.isDoubtful) pending.reject(unavailable(pending, error))
      else {
        measured.appendResults.report({ result: 'rejected', count: 1 })
        pending.reject(error)
      }
    }
  }
}

function unavailable({ isDoubtful }: PendingAppend, cause: unknown): UnavailableError {
  measured.appendResults.report({ result: 'unavailable', count: 1 })
  if (isDoubtful) measured.doubtful.report({ end: 'unknown', count: 1 })
  const reason = isDoubtful
    ? 'The command was sent to the database, which did not answer; it may be recorded, or not.'
    : 'The database cannot be reached; nothing was recorded.'
  return new UnavailableError(reason, cause)
}

/**
 * The requests by the type of their only event; those with several events together. Each part is a call and a
 * transaction of its own. In one call, types that alternate would be written event by event, which costs up to ten
 * times as much.
 */
function byType(batch: readonly PendingAppend[]): PendingAppend[][] {
  const parts = new Map<string | undefined, PendingAppend[]>()
  for (const pending of batch) {
    const type = pending.request.single?.type
    const part = parts.get(type)
    if (part) part.push(pending)
    else parts.set(type, [pending])
  }
  return [...parts.values()]
}

/** The results of calls that run at once. Throws the first error, once all calls are over. */
async function allAnswered<T>(calls: readonly Promise<T>[]): Promise<readonly T[]> {
  const [only] = calls
  if (only && calls.length === 1) return [await only]
  const settled = await Promise.allSettled(calls)
  return settled.map((call) => {
    if (call.status === 'rejected') throw call.reason
    return call.value
  })
}

interface Answered extends AppendResults {
  /** How long the call took. */
  readonly seconds: number
}

async function appendOn(client: Client, batch: readonly PendingAppend[]): Promise<Answered> {
  const sent = performance.now()
  const secondsSince = () => (performance.now() - sent) / 1000
  try {
    const results = await append(
      client,
      batch.map(({ request }) => request),
    )
    refuseBroken(client)
    return { ...results, seconds: secondsSince() }
  } catch (error) {
    measured.appendCall.report({ failed: true, seconds: secondsSince(), accepted: 0 })
    // After an error response nothing of the batch is recorded. Without a response, the result is unknown.
    if (!isAnswer(error)) for (const pending of batch) pending.isDoubtful = true
    throw error
  }
}

/** Accepts the requests that an earlier attempt has recorded, once the synchronous standbys have them. */
async function settleRecorded(client: Client, batch: readonly PendingAppend[]): Promise<void> {
  const doubtful = batch.filter((pending) => pending.isDoubtful && isOpen(pending))
  if (doubtful.length === 0) return
  const recorded = await findRecorded(
    client,
    doubtful.map(({ request }) => request),
  )
  if (recorded.size > 0) {
    await confirmCommits(client)
    refuseBroken(client)
  }
  for (const [n, place] of recorded) {
    measured.appendResults.report({ result: 'accepted', count: 1 })
    measured.doubtful.report({ end: 'was_recorded', count: 1 })
    doubtful[n]?.accept(place)
  }
}

/** Throws where the connection was given up while its last answer arrived. */
function refuseBroken(client: Client): void {
  const { destroyed, errored } = client.connection.stream as Socket
  if (destroyed) throw errored ?? new Error('the connection was given up')
}

function isOpen({ isSettled }: PendingAppend): boolean {
  return !isSettled
}
