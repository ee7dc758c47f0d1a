/**
 * Timestamps in the format of responses: RFC 3339 in UTC, with milliseconds.
 *
 * A page of fifty rows would spend a third of its time on parsing and formatting Dates. PostgreSQL's text is
 * nearly the same as that of the response, so it is edited instead. Digits beyond milliseconds are cut off,
 * as a Date would.
 */

import pg from 'pg'

const TIMESTAMPTZ = pg.types.builtins.TIMESTAMPTZ

/** The types of columns: a timestamptz becomes RFC 3339, all others are parsed as pg does by default. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === TIMESTAMPTZ ? toRfc3339 : pg.types.getTypeParser(oid, format),
}

/**
 * `2026-11-21 14:25:50.123456+00` becomes `2026-11-21T14:25:50.123Z`. PostgreSQL omits zeros at the end of a
 * fraction. Connections of a server use UTC; another zone only takes longer. `infinity` stays as it is,
 * because one such row must not fail a query that several requests share.
 */
export function toRfc3339(text: string): string {
  if (text.endsWith('+00') && text[10] === ' ') {
    const milliseconds = `${text.slice(20, -3)}000`.slice(0, 3)
    return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`
  }
  const parsed: Date | number = pg.types.getTypeParser(TIMESTAMPTZ, 'text')(text)
  return parsed instanceof Date ? parsed.toISOString() : text
}
