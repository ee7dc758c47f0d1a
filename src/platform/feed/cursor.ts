/**
 * Cursors of the feed: the position of the last event that a consumer has, and the id of that event.
 *
 * A database that was restored to an earlier time can give the lost positions to other events, and a consumer that
 * passes a position alone would continue with those. The id shows the difference without any step of an operator: the log
 * only grows at its end, so a log that has this event at this position has the same events before it, too.
 */

import {
  type Connectable,
  type Param,
  prepare,
  type Queryable,
  queryBuilder,
} from '../postgres/prepared.ts'
import { findEndOfLog, PositionUnknownError } from '../standby-reads/await-position.ts'
import { onCurrentPrimary } from '../standby-reads/current-primary.ts'

export interface Cursor {
  readonly position: string
  /** The id of the event there; undefined where the consumer named a position alone. */
  readonly id: string | undefined
}

const form = /^(\d{1,19})(?:\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?$/

/** Reads a cursor or a position; undefined for any other text. */
export function parseCursor(text: string): Cursor | undefined {
  const [, position, id] = form.exec(text) ?? []
  return position === undefined ? undefined : { position, id }
}

/** The text that `parseCursor` reads. */
export function cursorText({ position, id }: Cursor): string {
  return id === undefined ? position : `${position}.${id}`
}

/** The log does not have the event of a cursor: it is another one than the consumer has read. */
export class CursorUnknownError extends Error {
  override readonly name = 'CursorUnknownError'
  readonly code = 'position_unknown'
  readonly reason: string
  readonly parameter: string

  /** `parameter` is the header or parameter of the request that has the cursor. */
  constructor({ position, id }: Cursor, parameter: string) {
    const reason =
      `The log has no event ${id} at position ${position}. Erase your copy and begin at 0, or at an earlier ` +
      'cursor that the log has.'
    super(reason)
    this.reason = reason
    this.parameter = parameter
  }
}

interface Tables {
  readonly 'log.events': { readonly position: string; readonly id: string }
}

const eventAt = prepare('findEventAtCursor', (param: Param<{ position: string }>) =>
  queryBuilder<Tables>()
    .selectFrom('log.events')
    .select('id')
    .where('position', '=', param('position')),
)

/**
 * Throws CursorUnknownError or PositionUnknownError, with the name of the parameter, where the log does not have what
 * the cursor names. Its consumer then erases its copy, so a former primary server must not say it: there, it throws
 * SupersededError.
 */
export async function requireCursor(
  primary: Connectable,
  cursor: Cursor,
  parameter: string,
): Promise<void> {
  const find = (on: Queryable) => findMismatch(on, cursor, parameter)
  if (!(await find(primary))) return
  const mismatch = await onCurrentPrimary(primary, find)
  if (mismatch) throw mismatch
}

async function findMismatch(
  on: Queryable,
  cursor: Cursor,
  parameter: string,
): Promise<Error | undefined> {
  const { position, id } = cursor
  const last = await findEndOfLog(on)
  if (BigInt(position) > last) return new PositionUnknownError(BigInt(position), last, parameter)
  if (id === undefined) return undefined
  const found = await eventAt.first(on, { position })
  return found?.id === id ? undefined : new CursorUnknownError(cursor, parameter)
}
