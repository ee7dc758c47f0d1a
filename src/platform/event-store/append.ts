/**
 * Append: calls of the database, each one round trip and one transaction with a result for every request.
 * Order, locks, positions and constraints are left to the database (`db/machinery/02-append/`),
 * queueing to the writer, and the meaning of a rejection to the caller.
 */

import { type ClientBase, DatabaseError, type Pool } from 'pg'
import { measured } from '../metrics/measurements.ts'
import { onOneConnection } from '../postgres/checked-out.ts'
import { CommitWatch } from '../postgres/confirmed-commits.ts'
import { PreparedQuery } from '../postgres/prepared-query.ts'
import {
  type AppendedInTries,
  type AppendedOfType,
  type AppendOfType,
  forgetTypes,
  toAppendOfType,
} from './append-of-type.ts'
import { type AppendRequest, type AppendResult, toResult } from './append-request.ts'
import type { Confirmation } from './confirmation.ts'
import { RejectedError } from './errors.ts'
import type { Recorded } from './event.ts'
import { type BatchQuestion, distributeAnswers, questionOf, statementOf } from './questions.ts'

/** The SQLSTATE of a call to a function that does not exist. */
const undefinedFunction = '42883'

/** Appends a request to the log. Throws RejectedError with the code that the constraint names. */
export type Write = (request: AppendRequest) => Promise<Recorded>

/**
 * Writes each request with a call of its own, without the writer's batches. If the wait of its commit for the synchronous
 * standbys was cancelled, it waits for a confirmation: it throws UnavailableError, and the request may be recorded.
 */
export function writeAlone(pool: Pool, confirmation: Confirmation): Write {
  return async (request) => {
    const { results, isUnconfirmed } = await measuredAppend(pool, request)
    const [result] = results
    if (!result) throw new Error('the append returned no result for its only request')
    const outcome = toResult(result)
    if (outcome instanceof RejectedError) throw outcome
    if (isUnconfirmed) {
      await confirmation.await([{ id: request.lastId, position: outcome.position }])
    }
    return outcome
  }
}

interface LoneAppend extends AppendResults {
  /** Whether the wait of its commit for the synchronous standbys was cancelled. */
  readonly isUnconfirmed: boolean
}

async function measuredAppend(pool: Pool, request: AppendRequest): Promise<LoneAppend> {
  const sent = performance.now()
  const reportCall = (failed: boolean, accepted: number) =>
    measured.appendCall.report({ failed, seconds: (performance.now() - sent) / 1000, accepted })
  try {
    const appended = await onOneConnection(pool, async (client) => {
      using watch = new CommitWatch(client)
      const results = await append(client, [request])
      return { ...results, isUnconfirmed: watch.isUnconfirmed }
    })
    const isAccepted = 'position' in (appended.results[0] ?? {})
    reportCall(false, isAccepted ? 1 : 0)
    if (!isAccepted) measured.appendResults.report({ result: 'rejected', count: 1 })
    return appended
  } catch (error) {
    reportCall(true, 0)
    measured.appendResults.report({ result: 'unavailable', count: 1 })
    throw error
  }
}

/** What one call of the database returned. */
export interface AppendResults {
  /** A result for each request, in order. */
  readonly results: readonly AppendResult[]
  /** How long (ms) the call waited for the append lock, which other sessions held. */
  readonly waitedMs: number
}

/** One call of the function for the only type of the batch, or else of `log.append`. */
export async function append(
  on: Pool | ClientBase,
  requests: readonly AppendRequest[],
): Promise<AppendResults> {
  const question = questionOf(requests)
  const call = await toAppendOfType(on, requests, question)
  const appended =
    (call && (await appendOfType(on, call, requests.length))) ??
    (await appendAny(on, requests, question))
  const { results, waitedMs, answers } = appended
  const { length } = results
  if (length !== requests.length) {
    throw new Error(`the append returned ${length} results for ${requests.length} requests`)
  }
  if (!question || answers === undefined) return { results, waitedMs }
  const answersOf = distributeAnswers(question, answers)
  return { results: withAnswers(results, requests, answersOf), waitedMs }
}

/** What a call returned, and the answers of all its requests to their question. */
interface Appended extends AppendResults {
  readonly answers: string | null | undefined
}

/** A call with the form of a result of `log.append_<type>`: its arguments are evaluated in their order. */
const appendAnyCall = `jsonb_build_object('results', log.append($1::jsonb),
  'waited_ms', coalesce(nullif(current_setting('epistle.waited_ms', true), ''), '0')::float8)`

async function appendAny(
  on: Pool | ClientBase,
  requests: readonly AppendRequest[],
  question: BatchQuestion | undefined,
): Promise<Appended> {
  const { name, text } = statementOf('log.append', appendAnyCall, 1, question)
  const values = [toBatch(requests), ...(question?.values ?? [])]
  const query = new PreparedQuery(name, text, values)
  const [row] = await query.run<{ results: Partial<AppendedInTries>; answers?: string | null }>(on)
  const { results = [], waited_ms: waitedMs = 0 } = row?.results ?? {}
  return { results, waitedMs, answers: row?.answers }
}

function withAnswers(
  results: readonly AppendResult[],
  requests: readonly AppendRequest[],
  answersOf: ReturnType<typeof distributeAnswers>,
): AppendResult[] {
  return results.map((result, n) => {
    const answers = answersOf(requests[n] as AppendRequest)
    return answers && result && 'position' in result ? { ...result, answers } : result
  })
}

async function callOfType(
  on: Pool | ClientBase,
  { name, text, values }: AppendOfType,
): Promise<{ results: AppendedOfType; answers?: string | null } | undefined> {
  try {
    const query = new PreparedQuery(name, text, values)
    const [row] = await query.run<{ results: AppendedOfType; answers?: string | null }>(on)
    return row
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== undefinedFunction) throw error
    forgetTypes(on)
    return undefined
  }
}

/** Undefined when the database does not have the function any longer; then nothing was recorded. */
async function appendOfType(
  on: Pool | ClientBase,
  call: AppendOfType,
  count: number,
): Promise<Appended | undefined> {
  const row = await callOfType(on, call)
  if (!row) return undefined
  const { results: appended, answers } = row
  if ('results' in appended) {
    return { results: appended.results, waitedMs: appended.waited_ms, answers }
  }
  const { position, recorded_at } = appended
  const first = BigInt(position)
  const results = Array.from({ length: count }, (_, n) => ({
    position: `${first + BigInt(n)}`,
    recorded_at,
  }))
  return { results, waitedMs: appended.waited_ms, answers }
}

/**
 * The positions of those requests that are in the log, by their index in `requests`. The whole header is
 * compared, because another request with the same idempotency key has events with the same ids.
 */
export async function findRecorded(
  on: Pool | ClientBase,
  requests: readonly AppendRequest[],
): Promise<Map<number, Recorded>> {
  const { rows } = await on.query<{ n: number; position: string; recorded_at: Date }>({
    name: 'findRecorded',
    text: `select n::int - 1 as n, position, recorded_at
           from jsonb_array_elements($1::jsonb) with ordinality as sent (request, n)
           cross join lateral jsonb_to_record(request #> '{events,-1}') as last (
             id uuid, stream_id uuid, stream_version int, metadata jsonb)
           join log.events using (id, stream_id, stream_version)
           where events.metadata = coalesce(last.metadata, '{}')`,
    values: [toBatch(requests)],
  })
  return new Map(
    rows.map(({ n, position, recorded_at }) => [n, { position, recordedAt: recorded_at }]),
  )
}

function toBatch(requests: readonly AppendRequest[]): string {
  return `[${requests.map(({ json }) => json).join()}]`
}
