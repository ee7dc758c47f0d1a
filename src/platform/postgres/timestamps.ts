/**
 * Timestamps in the format of responses: RFC 3339 in UTC, with milliseconds.
 *
 * A page of fifty rows would spend a third of its time on parsing and formatting Dates. PostgreSQL's text is
 * nearly the same as that of the response, so it is edited instead. Digits beyond milliseconds are cut off,
 * as a Date would.
 *
 * No timestamp throws: one such row would fail a query that several requests share. PostgreSQL has times that
 * RFC 3339 has not, which become the first or the last one that it has.
 */

import pg from 'pg'

const TIMESTAMPTZ = pg.types.builtins.TIMESTAMPTZ

const parseTime: (text: string) => Date | number | null = pg.types.getTypeParser(
  TIMESTAMPTZ,
  'text',
)

/** The parser of types whose values stay as PostgreSQL writes them. */
export const asWritten = (text: string) => text

/** pg's own parsers of these types are slower: they apply a regular expression to each bigint. */
const parsers = new Map<number, (text: string) => string>([
  [TIMESTAMPTZ, toRfc3339],
  [pg.types.builtins.INT8, asWritten],
  [pg.types.builtins.UUID, asWritten],
  [pg.types.builtins.TEXT, asWritten],
])

/**
 * The types of columns: a timestamptz becomes RFC 3339; bigint, uuid and text stay as PostgreSQL writes them; all
 * others are parsed as pg does by default.
 */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => parsers.get(oid) ?? pg.types.getTypeParser(oid, format),
}

/** The first and the last time of RFC 3339 in milliseconds. */
const earliest = '0001-01-01T00:00:00.000Z'
const latest = '9999-12-31T23:59:59.999Z'

/**
 * `2026-11-21 14:25:50.123456+00` becomes `2026-11-21T14:25:50.123Z`. PostgreSQL omits zeros at the end of a
 * fraction. Connections of a server use UTC; another zone only takes longer. Years beyond 9999 and `infinity`
 * become `latest`, years BC and `-infinity` become `earliest`.
 */
export function toRfc3339(text: string): string {
  if (text.endsWith('+00') && text[10] === ' ') {
    // Nine of ten times have all six digits.
    if (text.length === 29) return `${text.slice(0, 10)}T${text.slice(11, 23)}Z`
    const milliseconds = `${text.slice(20, -3)}000`.slice(0, 3)
    return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`
  }
  if (text.endsWith(' BC') || text === '-infinity') return earliest
  if (/^\d{5}/.test(text) || text === 'infinity') return latest
  const time = Number(parseTime(text) ?? Number.NaN)
  // Not a time in PostgreSQL's ISO format.
  if (Number.isNaN(time)) return text
  // A zone can shift the first or the last hours of the range out of it.
  if (time < Date.parse(earliest)) return earliest
  return time > Date.parse(latest) ? latest : new Date(time).toISOString()
}

/** An instant for comparisons with times. One that RFC 3339 has not is before or after all of them. */
export function toTimestamptz(instant: Date): string {
  if (instant.getTime() < Date.parse(earliest)) return '-infinity'
  return instant.getTime() > Date.parse(latest) ? 'infinity' : instant.toISOString()
}
