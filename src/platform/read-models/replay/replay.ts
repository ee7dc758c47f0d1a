/**
 * Replay: events of the log, in position order, through the projections of one read table. The same
 * function of the database serves builds and shadows (`engine.make_replay`).
 */

import { type ClientBase, DatabaseError } from 'pg'

/** Headers a batch reads: enough to make commits cheap, few enough to be over in a tenth of a second. */
export const batchSize = 2_000

/** How a replay goes on. */
export interface Pace {
  /** Events an array projection gets at once. */
  readonly run: number
  /** Milliseconds without work after each two with it. */
  readonly rest: number
}

/** For those whom others wait for, or whose snapshot keeps vacuum waiting. */
const fast: Pace = { run: 1_000, rest: 0 }
/**
 * Beside writers, who get the processor in between: a hundred events take some two milliseconds. Without
 * rests it is faster by two thirds, and a write's p99 longer by as much.
 */
export const gentle: Pace = { run: 100, rest: 1 }

/** An event that a constraint of a read table refuses. */
export interface Violation {
  readonly table: string
  /** Position of the event, decimal. */
  readonly position: string
  readonly eventType: string
  readonly constraint: string
  /** The values, as PostgreSQL tells them, e.g. `Key (username)=(ada) already exists.` */
  readonly detail: string
}

/** The replay met an event that a constraint refuses. Nothing of the call was written. */
export class ViolationError extends Error {
  override readonly name = 'ViolationError'
  readonly code = 'history_refused'
  readonly violation: Violation

  constructor(table: string, cause: DatabaseError) {
    super(cause.message, { cause })
    this.violation = {
      table,
      position: cause.column ?? '',
      eventType: cause.dataType ?? '',
      constraint: cause.constraint ?? '',
      // Of unique and foreign keys the values are told; of other violations the detail is the whole
      // row, and a password's hash has no place in a report.
      detail: (cause.code?.match(/^2350[35]$/) && cause.detail) || cause.message,
    }
  }
}

/** The last position of the log, as far as this transaction sees; "0" while it is empty. */
export async function headPosition(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ head: string }>(
    'select coalesce(max(position), 0)::text as head from log.events',
  )
  return rows[0]?.head ?? '0'
}

/** Where the next batch after a position ends, and how many headers it has; undefined at the end. */
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
 * Replays the events with after < position <= upto into a table of schema `read` or `shadow`,
 * within the caller's transaction; answers how many. Throws ViolationError.
 *
 * A run that fails is replayed one by one before it is called a violation: an array projection
 * may meet a conflict within its run that the events, each in its turn, would not.
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
      throw isViolation(one) ? new ViolationError(table, one) : one
    }
  } finally {
    await client.query('release savepoint run').catch(() => undefined)
  }
}

/** Integrity constraint violations, SQLSTATE class 23: what a projection may refuse with. */
function isViolation(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code?.startsWith('23') === true
}
