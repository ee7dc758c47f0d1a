/** Numbers of things in sentences for people. */

/** Such as `1 row`, `2 rows` and `0 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`
}

/** The form of a verb for a number of things, such as `is` or `are`. */
export function agreeing(count: number, one: string, many: string): string {
  return count === 1 ? one : many
}
