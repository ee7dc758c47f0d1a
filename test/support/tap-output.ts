// Reads the TAP that tap writes: the counts for the last line of `npm test`, and a plain rendering for
// output without a terminal, with files, test titles and every failure in detail.

export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** Tests and files that ran without an assertion; they count as failed. */
  empty: string[]
}

/** Counts assertions from the summary at the end of a TAP stream; all counts are 0 without a summary. */
export function countTests(tap: string): Counts {
  const summary = /^# \{ total: .*\}$/m.exec(tap)?.[0] ?? ''
  const number = (name: string): number =>
    Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  // tap reports an empty test as passed and an empty file as skipped. A test may have written comments.
  const emptyTests = [
    ...tap.matchAll(/^( *)# Subtest: (.*)\n(?:\1 {4}#(?! Subtest: ).*\n)*\1 {4}1\.\.0$/gm),
  ]
  const emptyFiles = [...tap.matchAll(/^( *)ok \d+ - (.*) # SKIP no tests found$/gm)]
  const empty = [...emptyTests, ...emptyFiles].map((match) => match[2] ?? '')
  return {
    passed: number('pass') - emptyTests.length,
    failed: number('fail') + empty.length,
    skipped: number('skip') + number('todo') - emptyFiles.length,
    empty,
  }
}

/** Returns a reader of TAP lines that shows two levels of results, and failures with all details. */
export function plainLines(show: (line: string) => void): (line: string) => void {
  let failure: string | null = null // the indentation of the failure whose details follow
  return (line) => {
    const [, indent = '', not] = /^( *)(not )?ok \d/.exec(line) ?? []
    if (not) failure = indent
    if (failure !== null || /^(( {4})?ok \d|# Subtest:|Bail out!)/.test(line)) show(line)
    if (line === `${failure}  ...`) failure = null
  }
}
