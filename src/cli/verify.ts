/**
 * `epistle verify`: compares live read tables with a replay of the log, while everything runs.
 */

import { loadConfig } from '../config.ts'
import { type Verdict, verify } from '../platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { withClient } from './connect.ts'
import { print, say, type Verb } from './verb.ts'

export const verifyVerb: Verb = {
  summary: 'compare read tables with what the log says',
  help: `Usage: epistle verify [table…] [--json]

Replays the log into a copy of each table named, or of every live read table, and compares row by row
at one position while writers go on. Shows the keys of rows that are missing, extra or different, and
exits 1 if there is any; \`epistle rebuild\` mends them.

  --json   one JSON document on stdout, and nothing else`,
  options: { json: { type: 'boolean' } },
  takesTables: true,
  async run({ json }, tables) {
    const verdicts = await withClient(loadConfig(process.env), (client) =>
      verify(client, dbDirectory, tables, say),
    )
    if (verdicts.some(({ differences }) => differences > 0)) process.exitCode = 1
    print(json ? JSON.stringify({ tables: verdicts }, null, 2) : verdicts.map(describe).join('\n'))
  },
}

function describe({ table, position, differences, rows }: Verdict): string {
  if (differences === 0) return `${table} is what the log says at position ${position}`
  return [
    `${table} differs from the log at position ${position} in ${differences} rows`,
    ...rows.map(({ kind, key }) => `  ${kind} ${JSON.stringify(key)}`),
  ].join('\n')
}
