/**
 * What a command of the command line is, and how it speaks: results on stdout, everything meant for
 * the person beside it on stderr, so that `--json` stands alone.
 */

import { inspect, type ParseArgsOptionsConfig } from 'node:util'

/** The values of a command's options, as parseArgs yields them. */
export type Options = Readonly<Record<string, unknown>>

export interface Verb {
  /** One line for the overview. */
  readonly summary: string
  readonly help: string
  readonly options: ParseArgsOptionsConfig
  /** Whether names of tables may follow. */
  readonly takesTables?: boolean
  run(options: Options, tables: readonly string[]): Promise<void>
}

/** A result, for stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** A note for the person at the terminal, on stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

export function printError(error: unknown): void {
  say(typeof error === 'string' ? error : inspect(error))
}

/** The command line is not as a command wants it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const expected = new Set([
  'UsageError',
  'ConfigError',
  'EmbeddedPostgresError',
  'InstallError',
  'ReleaseError',
  'BuildError',
  'MaintenanceError',
  'LockError',
  'NotLiveError',
  'ServeError',
  'ConnectionError',
  'ForbiddenError',
  'StoppedError',
])

/** Whether an error is one that a person can mend, and whose message says how. */
export function isExpected(error: unknown): error is Error {
  return error instanceof Error && expected.has(error.name)
}

/** A number given to an option, no smaller than `least`; undefined where it was not given. */
export function wholeNumber(options: Options, name: string, least = 0): number | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^\d{1,9}$/.test(value) && Number(value) >= least) {
    return Number(value)
  }
  const bound = least > 0 ? ` of at least ${least}` : ''
  throw new UsageError(`--${name} takes a whole number${bound}, not "${value}"`)
}
