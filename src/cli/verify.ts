/**
 * `epistle verify`: compares live read tables with a replay of the log, while everything runs.
 */

import { loadConfig } from '../config.ts'
import { type Verification, verify } from '../platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { withClient } from './connect.ts'
import { print, say, type Verb } from './verb.ts'

export const verifyVerb: Verb = {
  summary: 'compare read tables with a replay of the log',
  help: `Usage: epistle verify [<table>…] [--json]

Replays the log into a copy of each table named, or of every live read table, while writers go on. Then
it compares the rows at one position. Prints the keys of rows that are missing, extra or different, and
exits 1 if there are any; \`epistle rebuild\` replaces them.

  --json   print one JSON document on stdout, and nothing else`,
  options: { json: { type: 'boolean' } },
  takesArguments: true,
  async run({ json }, tables) {
    const verifications = await withClient(loadConfig(process.env), (client) =>
      verify(client, dbDirectory, tables, say),
    )
    if (verifications.some(({ differences }) => differences > 0)) process.exitCode = 1
    print(
      json
        ? JSON.stringify({ tables: verifications }, null, 2)
        : verifications.map(describe).join('\n'),
    )
  },
}

function describe({ table, position, differences, rows }: Verification): string {
  if (differences === 0) return `${table} matches the log at position ${position}`
  return [
    `${table} differs from the log at position ${position} in ${differences} rows`,
    ...rows.map(({ kind, key }) => `  ${kind} ${JSON.stringify(key)}`),
  ].join('\n')
}
