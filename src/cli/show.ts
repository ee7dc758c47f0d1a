/**
 * `epistle show`: prints a read table as it was at some moment, while everything runs.
 */

import { z } from 'zod'
import { loadConfig } from '../config.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { type Moment, type TableAsOf, withTableAsOf } from '../platform/read-models/replay/as-of.ts'
import { withClient } from './connect.ts'
import { type Options, print, say, UsageError, type Verb } from './verb.ts'

export const showVerb: Verb = {
  summary: 'print a read table as it was at some moment',
  help: `Usage: epistle show --at <position|time> <table> [--json]

Replays the log into a copy of a live read table as far as it had come, and prints the copy, sorted by its
primary key: a line of column names, then one for each row. It is what the table's present projections
make of the events up to then. Changes nothing; what it prints may be secret, as hashes of passwords
are. Stopped by Ctrl-C it removes the copy; killed, the next verify, rebuild or show does.

  --at <position|time>   a position of the log, whose event is the last that counts; or an instant as
                         RFC 3339 has it, 2026-11-21T12:00:00Z, with all of its millisecond
  --json                 one JSON document on stdout, and nothing else: every column as text, or null`,
  options: { at: { type: 'string' }, json: { type: 'boolean' } },
  takesTables: true,
  async run(options, tables) {
    const [table, ...others] = tables
    if (table === undefined || others.length > 0) throw new UsageError('name one table to show')
    const moment = readMoment(options)
    // Whoever reads only the beginning, as `head` does, is given no more.
    process.stdout.on('error', () => undefined)
    const show = options.json ? showJson : showLines
    await withClient(loadConfig(process.env), (client) =>
      withTableAsOf(client, dbDirectory, { table, moment }, say, show),
    )
  },
}

const rfc3339 = z.iso.datetime({ offset: true })
const MAX_POSITION = 2n ** 63n - 1n

function readMoment({ at }: Options): Moment {
  if (typeof at !== 'string') throw new UsageError('say --at which position or time')
  if (/^\d{1,19}$/.test(at) && BigInt(at) <= MAX_POSITION) return { position: `${BigInt(at)}` }
  if (rfc3339.safeParse(at).success) return { instant: at }
  throw new UsageError(
    `--at takes a position or a time like 2026-11-21T12:00:00Z, not ${JSON.stringify(at)}`,
  )
}

async function showLines({ columns, rows }: TableAsOf): Promise<void> {
  print(columns.join(' | '))
  for await (const some of rows) {
    if (process.stdout.destroyed) return
    print(some.map((row) => row.map(inOneLine).join(' | ')).join('\n'))
  }
}

/** What users wrote may hold line ends, and worse: what a terminal obeys. */
function inOneLine(value: string | null): string {
  const escaped = (control: string) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  return value?.replace(/\p{Cc}/gu, escaped) ?? 'null'
}

/** A piece for each piece of the table, which may be larger than the memory. */
async function showJson({ table, position, columns, rows }: TableAsOf): Promise<void> {
  print(`{\n  "table": ${JSON.stringify(table)},\n  "position": "${position}",\n  "rows": [`)
  let first = true
  for await (const some of rows) {
    if (process.stdout.destroyed) return
    for (const row of some) {
      const named = Object.fromEntries(columns.map((column, n) => [column, row[n]]))
      print(`    ${first ? '' : ','}${JSON.stringify(named)}`)
      first = false
    }
  }
  print('  ]\n}')
}
