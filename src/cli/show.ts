/**
 * `epistle show`: prints a read table as of a moment, while everything runs.
 */

import { loadConfig } from '../config.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import {
  type Moment,
  type TableAsOf,
  withTableAsOf,
} from '../platform/read-models/replay/table-as-of.ts'
import { requireTableNames } from '../platform/read-models/tables.ts'
import { parseRfc3339 } from '../platform/rfc3339.ts'
import { actorOf, actorOption } from './actor.ts'
import { withAct } from './maintenance.ts'
import { type Options, print, say, UsageError, type Verb } from './verb.ts'

export const showVerb: Verb = {
  summary: 'print a read table as of a position or a time',
  help: `Usage: epistle show <table> --at <position|time> [--actor <name>] [--json]

Replays the events up to a moment into a copy of a live read table, by the table's present projections.
Prints the copy sorted by primary key: a line of column names, then a line for each row. It changes
no table. The output can contain personal data and secrets, such as password hashes, so the audit list
records the command. Ctrl-C removes the copy; if the command is killed, the next verify, rebuild or show
removes it.

  --at <position|time>   the position of the last event to include; or an RFC 3339 time, such as
                         2026-11-21T12:00:00Z, which includes all events of its millisecond
  --actor <name>         your name, for the audit list; the default is that of your user of the operating system
  --json                 print one JSON document on stdout, and nothing else; each column is text or null`,
  options: { at: { type: 'string' }, json: { type: 'boolean' }, ...actorOption },
  takesArguments: true,
  async run(options, tables) {
    const [table, ...others] = tables
    if (table === undefined || others.length > 0)
      throw new UsageError('name exactly one table to show')
    const moment = readMoment(options)
    // A reader such as `head` closes the pipe early; the output then ends without an error.
    process.stdout.on('error', () => undefined)
    const show = options.json ? showJson : showLines
    const act = { actor: actorOf(options), act: 'show_personal', subject: table }
    await withAct(loadConfig(process.env), async (client, begin) => {
      await requireTableNames(client, tables)
      await begin({ ...act, arguments: { at: options.at } })
      return { returned: await withTableAsOf(client, dbDirectory, { table, moment }, say, show) }
    })
  },
}

const maxPosition = 2n ** 63n - 1n

function readMoment({ at }: Options): Moment {
  if (typeof at !== 'string') throw new UsageError('add --at with a position or a time')
  if (/^\d{1,19}$/.test(at) && BigInt(at) <= maxPosition) return { position: `${BigInt(at)}` }
  const instant = parseRfc3339(at)
  if (instant) return { instant }
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

/** Texts of users can contain line ends, and control characters that a terminal would execute. */
function inOneLine(value: string | null): string {
  const escaped = (control: string) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  return value?.replace(/\p{Cc}/gu, escaped) ?? 'null'
}

/** Prints piece by piece, because the table can be larger than the memory. */
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
