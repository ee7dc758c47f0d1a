// What `npm test` prints of each file, of the files that took longest, and the sum of all files.
import { hasFailed, type Outcome } from './run-files.ts'
import { plainLines } from './tap-output.ts'

/** The file's errors and tests, each failure in detail, and all output of a file that broke off without one. */
export function describeOutcome(outcome: Outcome): string[] {
  const { file, seconds, counts, fault, tap, stderr } = outcome
  const lines = plainLines(tap)
  const isExplained = fault === null || lines.some((line) => /^ *not ok /.test(line))
  return [
    `# ${file}`,
    ...linesOf(stderr),
    ...(isExplained ? lines : linesOf(tap)).map((line) => `    ${line}`),
    ...counts.empty.map((title) => `    not ok - ${title}: asserts nothing`),
    ...(fault === null ? [] : [`    not ok - ${file}: ${fault}`]),
    `${hasFailed(outcome) ? 'not ok' : 'ok'} - ${file} # ${seconds.toFixed(1)} s`,
  ]
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.trimEnd().split('\n')
}

/** The five files that took longest, where there were more: where to look when a run takes too long. */
export function describeLongest(outcomes: readonly Outcome[]): string[] {
  if (outcomes.length <= 5) return []
  const longest = outcomes.toSorted((one, other) => other.seconds - one.seconds).slice(0, 5)
  return [
    '# The files that took longest',
    ...longest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`),
  ]
}

/** The assertions of all files; the fault of a file counts as a failed one. */
export function sum(outcomes: readonly Outcome[]): {
  passed: number
  failed: number
  skipped: number
} {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { counts, fault } of outcomes) {
    total.passed += counts.passed
    total.failed += counts.failed + (fault === null ? 0 : 1)
    total.skipped += counts.skipped
  }
  return total
}
