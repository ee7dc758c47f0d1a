// The arguments of `npm test`: which test files, in which order, and how.
import { glob, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkout } from '../markdown.ts'
import { longestFiles } from './longest-files.ts'

export interface Wanted {
  readonly files: readonly string[]
  readonly jobs: number
  readonly bail: boolean
  /** What tap reads from the environment in each file. */
  readonly env: Readonly<Record<string, string>>
}

export const usage = `Usage: npm test -- [options] [file, folder or pattern …]

Runs all tests, or those named.

  -g, --grep=PATTERN   only the tests whose titles match; again for the tests inside them
  -o, --only           only the tests marked by t.only
  -b, --bail           stop at the first failure
  -j, --jobs=N         run N files at the same time
  -t, --timeout=N      end a file after N seconds, unless it sets a limit of its own`

/** Returns a text to print instead: the usage, or a sentence about arguments that are not valid. */
export async function readArguments(args: string[]): Promise<Wanted | string> {
  try {
    return await read(args)
  } catch (error) {
    return (error as Error).message
  }
}

async function read(args: string[]): Promise<Wanted | typeof usage> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      grep: { type: 'string', short: 'g', multiple: true },
      only: { type: 'boolean', short: 'o' },
      bail: { type: 'boolean', short: 'b' },
      jobs: { type: 'string', short: 'j', default: '3' },
      timeout: { type: 'string', short: 't', default: '300' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return usage
  return {
    files: await findFiles(positionals),
    jobs: number(values.jobs),
    bail: values.bail ?? false,
    env: {
      TAP_TIMEOUT: String(number(values.timeout)),
      ...(values.grep && { TAP_GREP: values.grep.join('\n') }),
      ...(values.only && { TAP_ONLY: '1' }),
      ...(values.bail && { TAP_BAIL: '1' }),
    },
  }
}

function number(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new Error(`--jobs and --timeout take a whole number of at least 1, not "${text}"`)
}

/** The test files that the arguments name, those that run longest first; all of them without arguments. */
async function findFiles(named: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  for (const name of named.length > 0 ? named : ['test']) {
    const place = await stat(join(checkout, name)).catch(() => null)
    const pattern = place?.isDirectory() ? join(name, '**/*.test.ts') : name
    const before = found.size
    const files = glob(pattern, { cwd: checkout, exclude: ['**/node_modules'] })
    for await (const file of files) found.add(file)
    if (found.size === before && !found.has(name)) throw new Error(`no test file matches "${name}"`)
  }
  const rank = (file: string): number => longestFiles.indexOf(file) + 1 || Infinity
  return [...found].sort().sort((one, other) => Math.sign(rank(one) - rank(other)) || 0)
}
