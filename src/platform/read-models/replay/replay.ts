/**
 * Replay: sends events of the log, in position order, through the projections of one read table. Builds
 * and shadows use the same generated function of the database (`engine.make_replays`).
 */

import { type ClientBase, DatabaseError } from 'pg'
import type { Violation } from '../errors.ts'

/** Headers that a batch reads: enough to make commits cheap, few enough to finish in about 0.1 s. */
export const batchSize = 2_000

/** Headers beyond which a replay is long enough to make the indexes afterwards that only readers need. */
export const longReplay = 2_000

/** The pace of a replay. */
export interface Pace {
  /** Events that an array projection gets at once. */
  readonly run: number
  /** Milliseconds of pause after every two milliseconds of work. */
  readonly rest: number
}

/**
 * For replays without writers, and those that hold a lock others wait for or a snapshot that keeps vacuum from
 * cleaning up.
 */
const fast: Pace = { run: 1_000, rest: 0 }
/**
 * For replays beside writers, which get the processor in the pauses: a run takes one to three milliseconds.
 * Without pauses a replay is faster, but the p99 of a write is two thirds longer.
 */
export const gentle: Pace = { run: 250, rest: 1 }

/** The pace of the next batch. Others write if the head of the log has moved since the batch before. */
export function paceAt(head: string, headBefore: string | undefined): Pace {
  return head === headBefore ? fast : gentle
}

/** A constraint refuses an event of the replay. Nothing of the call was written. */
export class ViolationError extends Error {
  override readonly name = 'ViolationError'
  readonly code = 'history_refused'
  readonly violation: Violation

  constructor(cause: DatabaseError) {
    super(cause.message, { cause })
    this.violation = {
      table: cause.table ?? '',
      position: cause.column ?? '',
      eventType: cause.dataType ?? '',
      constraint: cause.constraint ?? '',
      // For unique and foreign keys the detail contains the key's values. For other constraints it
      // contains the whole row, and a password hash must not appear in a report.
      detail: (cause.code?.match(/^2350[35]$/) && cause.detail) || cause.message,
    }
  }
}

/** The last position of the log that this transaction sees, decimal; "0" while the log is empty. */
export async function headPosition(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ head: string }>(
    'select coalesce(max(position), 0)::text as head from log.events',
  )
  return rows[0]?.head ?? '0'
}

/** The end of the next batch after a position, and how many headers it has; undefined at the end. */
export async function nextBatch(
  client: ClientBase,
  after: string,
  upto: string,
  size = batchSize,
): Promise<{ upto: string; headers: number } | undefined> {
  const { rows } = await client.query<{ upto: string | null; headers: number }>(
    `select max(position)::text as upto, count(*)::int as headers
     from (select position from log.events where position > $1 and position <= $2
           order by position limit $3) batch`,
    [after, upto, size],
  )
  const batch = rows[0]
  return batch?.upto ? { upto: batch.upto, headers: batch.headers } : undefined
}

/**
 * Replays the events with after < position <= upto into a table of schema `read` or `shadow`, in the
 * caller's transaction; returns how many. Throws ViolationError.
 *
 * A run that fails is replayed again event by event before it counts as a violation: an array projection
 * can cause a conflict within its run that the events one after the other would not cause.
 */
export async function replay(
  client: ClientBase,
  schema: 'read' | 'shadow',
  table: string,
  after: string,
  upto: string,
  { run, rest }: Pace = fast,
): Promise<number> {
  const name = client.escapeIdentifier(`${table}_replay`)
  const call = `select ${schema}.${name}($1, $2, $3, $4)::float8 as n`
  await client.query('savepoint run')
  try {
    const { rows } = await client.query(call, [after, upto, run, rest])
    return rows[0].n
  } catch (error) {
    if (!isViolation(error)) throw error
    await client.query('rollback to savepoint run')
    try {
      const { rows } = await client.query(call, [after, upto, 1, rest])
      return rows[0].n
    } catch (one) {
      throw toViolation(one)
    }
  } finally {
    await client.query('release savepoint run').catch(() => undefined)
  }
}

/** A ViolationError where a replay of the database raised the error, with its event; else the error. */
export function toViolation(error: unknown): unknown {
  const replayed = isViolation(error) && error.column !== undefined && error.dataType !== undefined
  return replayed ? new ViolationError(error) : error
}

/** Integrity constraint violations, SQLSTATE class 23. */
function isViolation(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code?.startsWith('23') === true
}
