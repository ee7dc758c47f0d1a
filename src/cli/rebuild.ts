/**
 * `epistle rebuild`: replaces the rows of damaged read tables that differ from the log, while everything runs.
 */

import { rebuilding } from '../admin/jobs/kinds.ts'
import { loadConfig } from '../config.ts'
import { actorOf, actorOption } from './actor.ts'
import { runJob } from './maintenance.ts'
import { UsageError, type Verb } from './verb.ts'

export const rebuildVerb: Verb = {
  summary: 'replace the rows of read tables that differ from the log',
  help: `Usage: epistle rebuild <table>… [--since-last] [--actor <name>]

Replays the log into a copy of each table, finds the rows that differ, and replaces them, a few
hundred in each short transaction. At any moment each row is either unchanged or correct, and writers
wait only for milliseconds. Indexes, grants and references to the table stay. If a reference requires
that another table is rebuilt first, the command names that table.

  --since-last     replay only the events after the copy that \`epistle verify --keep\` or --since-last kept,
                   and keep it again
  --actor <name>   your name, for the audit list; the default is that of your user of the operating system`,
  options: { 'since-last': { type: 'boolean' }, ...actorOption },
  takesArguments: true,
  async run(options, tables) {
    if (tables.length === 0) throw new UsageError('name at least one table to rebuild')
    const choice = { tables, sinceLast: options['since-last'] === true }
    const act = { actor: actorOf(options), act: 'rebuild', arguments: choice }
    await runJob(loadConfig(process.env), act, rebuilding({ ...choice, keep: false }))
  },
}
