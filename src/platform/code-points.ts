/** Lengths of strings in Unicode code points: what JSON Schema counts, and what people see as characters. */

/** The number of code points. */
export function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count += 1
  return count
}

/** Whether there are more code points than `max`; of a string that is far too long none is counted. */
export function exceeds(value: string, max: number): boolean {
  return value.length > 2 * max || (value.length > max && codePoints(value) > max)
}
