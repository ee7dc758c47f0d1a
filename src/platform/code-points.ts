/** Lengths of strings in Unicode code points: the unit of JSON Schema, and close to what people see as characters. */

/** The number of code points. */
export function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count += 1
  return count
}

/** Whether a string has more than `max` code points. A far longer string is recognized without counting. */
export function exceeds(value: string, max: number): boolean {
  return value.length > 2 * max || (value.length > max && codePoints(value) > max)
}
