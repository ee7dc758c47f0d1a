/**
 * The interface of the commands of the command line. Results go to stdout, notes and errors to stderr, so
 * that the output of `--json` is one document.
 */

import { inspect, type ParseArgsOptionsConfig } from 'node:util'
import { exceeds } from '../platform/code-points.ts'

/** The values of a command's options, as parseArgs yields them. */
export type Options = Readonly<Record<string, unknown>>

export interface Verb {
  /** One line for the overview. */
  readonly summary: string
  readonly help: string
  readonly options: ParseArgsOptionsConfig
  /** Whether the command takes arguments, such as names of tables. */
  readonly takesArguments?: boolean
  run(options: Options, args: readonly string[]): Promise<void>
}

/** Prints a result to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Prints a note to stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

export function printError(error: unknown): void {
  say(typeof error === 'string' ? error : inspect(error))
}

/** The arguments or options of a command are not valid. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The number of an option, at least `least`; undefined where the option is absent. Throws UsageError. */
export function wholeNumber(options: Options, name: string, least = 0): number | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^\d{1,9}$/.test(value) && Number(value) >= least) {
    return Number(value)
  }
  const bound = least > 0 ? ` of at least ${least}` : ''
  throw new UsageError(`--${name} takes a whole number${bound}, not "${value}"`)
}

/** Throws UsageError for an option that the action of a command does not have. */
export function allowOnly(own: readonly string[], options: Options, command: string): void {
  const other = Object.keys(options).find((name) => !own.includes(name))
  if (other !== undefined) throw new UsageError(`epistle ${command} has no option --${other}`)
}

/** The text of an option, without the spaces around it; undefined without the option. Throws UsageError. */
export function textOf(option: string, value: unknown, max: number): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (text === '' || exceeds(text, max) || text.includes('\0') || !text.isWellFormed()) {
    throw new UsageError(`--${option} takes a text of 1 to ${max} characters`)
  }
  return text
}
