/**
 * Instants in RFC 3339, section 5.6, as clients and operators write them. `postgres/timestamps.ts` has the other
 * direction: the one form of responses.
 */

const dateTime =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/i

const minute = 60_000

/**
 * Parses any date-time of the grammar, with `t` and `z` in either case, a fraction of any length and the
 * unknown offset `-00:00`. Undefined for anything else, such as February 30. What is finer than a
 * millisecond is cut off. A leap second (`:60` in the last minute of a month in UTC) is the first second of
 * the next day, as in PostgreSQL, which has no leap seconds.
 */
export function parseRfc3339(text: string): Date | undefined {
  const [match, year, month, day, hour, min, second, fraction = '', sign, ...offset] =
    dateTime.exec(text) ?? []
  if (match === undefined) return undefined
  const [offsetHour, offsetMinute] = offset.map((part) => Number(part ?? 0))
  if (Number(hour) > 23 || Number(min) > 59 || Number(second) > 60) return undefined
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined
  const date = new Date(0)
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day))
    return undefined
  const ahead = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -1 : 1)
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  date.setUTCHours(Number(hour), Number(min), Number(second), milliseconds)
  const instant = new Date(date.getTime() - ahead * minute)
  return second === '60' && !isAfterLeapSecond(instant) ? undefined : instant
}

/** Whether this is the first second of a month, at whose end a leap second can be. */
function isAfterLeapSecond(instant: Date): boolean {
  return instant.getUTCDate() === 1 && instant.toISOString().includes('T00:00:00.')
}
