/**
 * `epistle rebuild`: replaces the rows of damaged read tables that differ from the log, while everything runs.
 */

import { loadConfig } from '../config.ts'
import { rebuild } from '../platform/read-models/rebuild/rebuild.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { withClient } from './connect.ts'
import { say, UsageError, type Verb } from './verb.ts'

export const rebuildVerb: Verb = {
  summary: 'replace the rows of read tables that differ from the log',
  help: `Usage: epistle rebuild <table>… [--since-last]

Replays the log into a copy of each table, finds the rows that differ, and replaces them, a few
hundred in each short transaction. At any moment each row is either unchanged or correct, and writers
wait only for milliseconds. Indexes, grants and references to the table stay. If a reference requires
that another table is rebuilt first, the command names that table.

  --since-last   replay only the events after the copy that \`epistle verify --keep\` or --since-last kept,
                 and keep it again`,
  options: { 'since-last': { type: 'boolean' } },
  takesArguments: true,
  async run({ 'since-last': sinceLast }, tables) {
    if (tables.length === 0) throw new UsageError('name at least one table to rebuild')
    await withClient(loadConfig(process.env), async (client) => {
      for (const table of tables) {
        const copy = { sinceLast: sinceLast === true }
        const replaced = await rebuild(client, dbDirectory, table, say, copy)
        say(`${table} matches the log; ${replaced} rows were replaced`)
      }
    })
  },
}
