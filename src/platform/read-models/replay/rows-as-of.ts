/**
 * Rows of a read table as of a moment, for the login of the servers: functions of the database replay the log with the
 * owner's rights, read, and undo the copy (db/machinery/03-engine/9-tables-as-of.sql).
 *
 * Every call is one snapshot, which the replay keeps open. So the session needs a `statement_timeout`. Leaves columns
 * with secrets and personal data to the caller.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { noticeDeath } from '../../postgres/notice-death.ts'
import { MaintenanceError } from '../errors.ts'
import { transaction } from '../transactions.ts'
import { headPosition, toViolation, ViolationError } from './replay.ts'
import { type Moment, positionOf, type Row } from './table-as-of.ts'

export interface RowsWanted {
  readonly table: string
  readonly moment: Moment
  readonly columns: readonly string[]
  /** How many rows come before those wanted. */
  readonly offset: number
  readonly limit: number
}

export interface RowsFound {
  /** The last position that the rows include. */
  readonly position: string
  readonly rows: readonly Row[]
}

/** Rows in the order of the primary key. Throws MaintenanceError as `withTableAsOf` does. */
export async function rowsAsOf(client: ClientBase, wanted: RowsWanted): Promise<RowsFound> {
  const { table, moment, columns, offset, limit } = wanted
  return inSnapshot(client, async () => {
    const position = await positionOf(client, moment)
    const call = 'select log.rows_as_of($1, $2, $3, $4, $5) as rows'
    const { rows } = await client.query(call, [table, position, columns, offset, limit])
    return { position, rows: rows[0].rows }
  })
}

/** A row of then beside that of now. */
export interface ComparedRow {
  readonly change: 'added' | 'changed' | 'removed' | 'same'
  /** Each column of the primary key as text. */
  readonly key: readonly string[]
  /** Null where the table did not have the row. */
  readonly earlier: Row | null
  readonly now: Row | null
  /** Those of the wanted columns that differ in a changed row. */
  readonly columns: readonly string[]
}

export interface RowsCompared {
  readonly earlier: Instant
  readonly now: Instant
  /** How many rows of the whole table were added, changed and removed since. */
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly rows: readonly ComparedRow[]
}

export interface Instant {
  readonly position: string
  /** When the last event up to it was recorded; null before the first. */
  readonly recordedAt: Date | null
}

export interface ComparisonWanted extends RowsWanted {
  /** Only the rows that differ. */
  readonly differing: boolean
  /** The key that the rows come after, in place of `offset`. */
  readonly after: readonly string[] | undefined
}

/** The same rows as of a moment and as of the log's end. Throws MaintenanceError as `withTableAsOf` does. */
export async function compareAsOf(
  client: ClientBase,
  wanted: ComparisonWanted,
): Promise<RowsCompared> {
  const { table, moment, columns, differing, after, offset, limit } = wanted
  return inSnapshot(client, async () => {
    const earlier = await instantAt(client, await positionOf(client, moment))
    const now = await instantAt(client, await headPosition(client))
    const { rows } = await client.query(
      'select log.compare_as_of($1, $2, $3, $4, $5, $6, $7) as compared',
      [table, earlier.position, columns, differing, after ?? null, after ? 0 : offset, limit],
    )
    return { earlier, now, ...rows[0].compared }
  })
}

async function instantAt(client: ClientBase, position: string): Promise<Instant> {
  const { rows } = await client.query<{ at: Date }>(
    `select recorded_at as at from log.events where position <= $1 order by position desc limit 1`,
    [position],
  )
  return { position, recordedAt: rows[0]?.at ?? null }
}

/** A connection that is given up ends the replay within a second. */
async function inSnapshot<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await noticeDeath(client)
  try {
    return await transaction(client, work, 'repeatable read')
  } catch (error) {
    throw explained(error)
  }
}

function explained(raised: unknown): unknown {
  const error = toViolation(raised)
  if (error instanceof ViolationError) {
    const { table, position, constraint } = error.violation
    return new MaintenanceError(
      `the log has an event at position ${position} that ${constraint || 'a constraint'} of ${table} refuses; ` +
        'run `epistle verify`',
      { cause: error },
    )
  }
  if (!(error instanceof DatabaseError)) return error
  switch (error.code) {
    case 'LG006':
    case '55000':
      return new MaintenanceError(error.message, { cause: error })
    case '57014':
      return new MaintenanceError(
        'the log up to this position takes longer to replay than a minute; use `epistle show`, which has no limit',
        { cause: error },
      )
    default:
      return error
  }
}
