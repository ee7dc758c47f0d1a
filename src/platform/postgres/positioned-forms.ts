/**
 * The forms of a query that return the position of its snapshot beside its rows, and whether a session is active.
 *
 * The session of a response is checked by its first statement, from the snapshot of its rows. So a response costs one
 * round trip, and an ended session reads nothing.
 */

import type { StatementCheck } from './snapshot.ts'

/** A text of its own under a name of its own. */
export interface Form {
  /** What the name adds to that of the query. */
  readonly suffix: string
  readonly text: string
}

/** What each row of a form contains in addition. */
export interface Positioned {
  /** The last position of the log; `-1 - position` if the session that the statement checked is not active. */
  readonly snapshotPosition: string
  /** Null in the only row of `evenOfNone` where the query finds none. */
  readonly isRow?: true | null
}

/** `rows` has a position where it finds a row, and is absent if the query is not a plain select; `evenOfNone` always. */
export interface PositionedForms {
  readonly rows?: Form | undefined
  readonly evenOfNone: Form
}

/**
 * Returns the forms of a query that has `parameters` parameters. Forms that check a session have one more, its id.
 */
export function positionedForms(
  text: string,
  parameters: number,
  isPlainSelect: boolean,
): (session: StatementCheck | undefined) => PositionedForms {
  const formsFor = (suffix: string, isActive?: string): PositionedForms => ({
    rows: isPlainSelect ? { suffix: `@${suffix}`, text: withPosition(text, isActive) } : undefined,
    evenOfNone: { suffix: `@0${suffix}`, text: withPositionOfNone(text, isActive) },
  })
  const unchecked = formsFor('')
  let checked: PositionedForms | undefined
  return (session) => {
    if (!session) return unchecked
    checked ??= formsFor('s', session.isActive(`$${parameters + 1}`))
    return checked
  }
}

/** The position of a row, and whether the session is active, if the statement checked one. */
export function readPosition({
  snapshotPosition,
}: Positioned): [position: string, active: boolean] {
  if (!snapshotPosition.startsWith('-')) return [snapshotPosition, true]
  return [String(-1n - BigInt(snapshotPosition)), false]
}

/** The last position of the log; 0 if it is empty. */
const lastPosition = 'coalesce((select position from log.events order by position desc limit 1), 0)'

/**
 * A plain select whose rows contain the last position of the log, in the same order. It has no position where it
 * finds no row. A page of 50 messages costs the database 4 % more; around the select, this would be 12 %.
 */
function withPosition(select: string, isActive?: string): string {
  return select.replace(/^select /, `select ${positionIf(isActive)} as "snapshotPosition", `)
}

/** Any query in the form that has a position without a row, too: then `isRow` is null in its only row. */
function withPositionOfNone(query: string, isActive?: string): string {
  return `select found.*, last.position as "snapshotPosition"
    from (select ${positionIf(isActive)} as position) as last
    left join lateral (select query.*, true as "isRow" from (${query}) as query) as found on true`
}

/** PostgreSQL finds both once for each statement, not for each row. */
function positionIf(isActive: string | undefined): string {
  if (isActive === undefined) return lastPosition
  return `(select case when ${isActive} then last else -1 - last end from (select ${lastPosition} as last) as log)`
}
