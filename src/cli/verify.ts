/**
 * `epistle verify`: compares live read tables with a replay of the log, while everything runs.
 */

import { verified } from '../admin/jobs/kinds.ts'
import { loadConfig } from '../config.ts'
import { counted } from '../platform/counted.ts'
import { describeDeviation, findDeviations } from '../platform/read-models/deviations.ts'
import { type Verification, verify } from '../platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { requireTableNames } from '../platform/read-models/tables.ts'
import { actorOf, actorOption } from './actor.ts'
import { withAct } from './maintenance.ts'
import { print, say, type Verb } from './verb.ts'

export const verifyVerb: Verb = {
  summary: 'compare read tables with a replay of the log',
  help: `Usage: epistle verify [<table>…] [--keep | --since-last] [--actor <name>] [--json]

Replays the log into a copy of each table named, or of every live read table, while writers go on. Then
it compares the rows at one position. Prints the keys of rows that are missing, extra or different, and
exits 1 if there are any; \`epistle rebuild\` replaces them. It also reports triggers, constraints and
other parts of tables that are not as installed, with exit code 1; \`epistle install\` repairs them.

  --keep         keep the copy, for --since-last; it needs the space of the tables once more
  --since-last   replay only the events after the copy that the last run kept, and keep it again. All
                 rows are compared, up to that position with the copy. Without a copy that can be
                 used, or for a table that it lacks, the whole log is replayed
  --actor <name>
                 your name, for the audit list; the default is that of your user of the operating system
  --json         print one JSON document on stdout, and nothing else`,
  options: {
    json: { type: 'boolean' },
    keep: { type: 'boolean' },
    'since-last': { type: 'boolean' },
    ...actorOption,
  },
  takesArguments: true,
  async run(options, tables) {
    const { json, keep = false, 'since-last': sinceLast = false } = options
    const copy = { sinceLast: sinceLast === true, keep: keep === true || sinceLast === true }
    const act = { actor: actorOf(options), act: 'verify', arguments: { tables, ...copy } }
    const found = await withAct(loadConfig(process.env), async (client, begin) => {
      await requireTableNames(client, tables)
      await begin(act)
      const returned = {
        tables: await verify(client, dbDirectory, tables, say, copy),
        deviations: await findDeviations(client),
      }
      const deviations = returned.deviations.map(describeDeviation)
      return { returned, recorded: verified(returned.tables, deviations) }
    })
    const different = found.tables.some(({ differences }) => differences > 0)
    if (different || found.deviations.length > 0) process.exitCode = 1
    if (json) return print(JSON.stringify(found, null, 2))
    const lines = found.tables.map((each) => describe(each, copy.sinceLast))
    const deviations = found.deviations.map(
      (each) => `${describeDeviation(each)}; run \`epistle install\`, which repairs it`,
    )
    print([...lines, ...deviations].join('\n'))
  },
}

function describe(
  { table, position, replayedAfter, differences, rows }: Verification,
  sinceLast: boolean,
): string {
  const whole = sinceLast ? ' (the whole log was replayed)' : ''
  const how = replayedAfter === '0' ? whole : ` (up to position ${replayedAfter}: the kept copy)`
  if (differences === 0) return `${table} matches the log at position ${position}${how}`
  return [
    `${table} differs from the log at position ${position} in ${counted(differences, 'row')}${how}`,
    ...rows.map(({ kind, key }) => `  ${kind} ${JSON.stringify(key)}`),
  ].join('\n')
}
