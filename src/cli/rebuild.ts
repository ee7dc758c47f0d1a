/**
 * `epistle rebuild`: makes a damaged read table what the log says, while everything runs.
 */

import { loadConfig } from '../config.ts'
import { rebuild } from '../platform/read-models/rebuild/rebuild.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { withClient } from './connect.ts'
import { say, UsageError, type Verb } from './verb.ts'

export const rebuildVerb: Verb = {
  summary: 'mend read tables that differ from the log',
  help: `Usage: epistle rebuild <table>…

Replays the log into a copy of each table named, finds the rows that differ, and exchanges them, some
hundred in a short transaction. At any moment each row is as it was or right; writers wait for
milliseconds. Indexes, grants and references to the table stay. Where references forbid it, says which
table must be rebuilt first.`,
  options: {},
  takesTables: true,
  async run(_options, tables) {
    if (tables.length === 0) throw new UsageError('name the tables to rebuild')
    await withClient(loadConfig(process.env), async (client) => {
      for (const table of tables) {
        const replaced = await rebuild(client, dbDirectory, table, say)
        say(`${table} is what the log says; ${replaced} rows were replaced`)
      }
    })
  },
}
