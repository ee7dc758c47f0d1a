/**
 * `epistle demote`: replaces an old read table with a view of its successor, while old servers read it.
 */

import { demoting } from '../admin/jobs/kinds.ts'
import { loadConfig } from '../config.ts'
import { actorOf, actorOption } from './actor.ts'
import { runJob } from './maintenance.ts'
import { UsageError, type Verb } from './verb.ts'

export const demoteVerb: Verb = {
  summary: 'turn old read tables into views of their successors',
  help: `Usage: epistle demote <table>… [--actor <name>]

Compares each table row by row with the view that a later release brings for it. Then it replaces the
table with the view in one short transaction; it refuses if rows or columns differ. From then on the
old version costs no projection and no space, and the constraints of its successor apply. Servers keep
reading it as before. You can demote tables in any order, and again when a newer release brings
another view.

  --actor <name>   your name, for the audit list; the default is that of your user of the operating system`,
  options: actorOption,
  takesArguments: true,
  async run(options, tables) {
    if (tables.length === 0) throw new UsageError('name at least one table to demote')
    const act = { actor: actorOf(options), act: 'demote', arguments: { tables } }
    await runJob(loadConfig(process.env), act, demoting(tables))
  },
}
