// Reads what tap writes: the counts for the last line of `npm test`, and a plain rendering for where
// there is no terminal: files, the titles of their tests, and every failure with its details.

export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** Tests and files that ran and asserted nothing, which count as failed. */
  empty: string[]
}

/** Counts assertions from the summary at the end of a TAP stream; all zero when there is none. */
export function countTests(tap: string): Counts {
  const summary = /^# \{ total: .*\}$/m.exec(tap)?.[0] ?? ''
  const number = (name: string): number =>
    Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  // tap calls an empty test passed and an empty file skipped, and neither a fault.
  const emptyTests = [...tap.matchAll(/^( *)# Subtest: (.*)\n\1 {4}1\.\.0$/gm)]
  const emptyFiles = [...tap.matchAll(/^( *)ok \d+ - (.*) # SKIP no tests found$/gm)]
  const empty = [...emptyTests, ...emptyFiles].map((match) => match[2] ?? '')
  return {
    passed: number('pass') - emptyTests.length,
    failed: number('fail') + empty.length,
    skipped: number('skip') + number('todo') - emptyFiles.length,
    empty,
  }
}

/** Takes the lines of a TAP stream and shows two levels of results, and failures whole. */
export function plainLines(show: (line: string) => void): (line: string) => void {
  let failure: string | null = null // the indent of the one whose details follow
  return (line) => {
    const [, indent = '', not] = /^( *)(not )?ok \d/.exec(line) ?? []
    if (not) failure = indent
    if (failure !== null || /^(( {4})?ok \d|# Subtest:|Bail out!)/.test(line)) show(line)
    if (line === `${failure}  ...`) failure = null
  }
}
