// Reads the TAP that one test file writes: its counts, and a plain rendering with the titles of its tests and
// every failure in detail. Whether the file as a whole passed is known only to the process that ran it.

export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** Tests that ran without an assertion; they count as failed. */
  empty: string[]
}

/** Counts assertions from the summary at the end of the output; null without one, because the file broke off. */
export function countTests(tap: string): Counts | null {
  const summary = /^# \{ total: .*\}$/m.exec(tap)?.[0]
  if (summary === undefined) return null
  const number = (name: string): number =>
    Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  // tap reports an empty test as passed. A test may have written comments.
  const empty = [
    ...tap.matchAll(/^( *)# Subtest: (.*)\n(?:\1 {4}#(?! Subtest: ).*\n)*\1 {4}1\.\.0$/gm),
  ].map((match) => match[2] ?? '')
  return {
    passed: number('pass') - empty.length,
    failed: number('fail') + empty.length,
    skipped: number('skip') + number('todo'),
    empty,
  }
}

/** The results of a file's outermost tests, and each failure with all details. */
export function plainLines(tap: string): string[] {
  let failure: string | null = null // the indentation of the failure whose details follow
  return tap.split('\n').filter((line) => {
    const [, indent = '', not] = /^( *)(not )?ok \d/.exec(line) ?? []
    if (not) failure = indent
    const isShown = failure !== null || /^(ok \d|Bail out!)/.test(line)
    if (line === `${failure}  ...`) failure = null
    return isShown
  })
}
