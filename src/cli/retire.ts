/**
 * `epistle retire`: drops old read tables that no server reads any longer.
 */

import { retiring } from '../admin/jobs/kinds.ts'
import { loadConfig } from '../config.ts'
import { actorOf, actorOption } from './actor.ts'
import { runJob } from './maintenance.ts'
import { UsageError, type Verb, wholeNumber } from './verb.ts'

export const retireVerb: Verb = {
  summary: 'drop old read tables that no server or worker reads',
  help: `Usage: epistle retire [<table>… | --release N] [--actor <name>]

Drops the read tables named, or those of a release. Without either, it drops every read table that
neither this code nor a running server or worker reads. A table stays if one reads it, if another table or
view depends on it, or if no newer version of it is live; the command gives the reason. Event tables are
never dropped. You cannot undo this: old code whose tables are gone cannot start on this database again.

  --release N      drop the read tables that release N brought
  --actor <name>   your name, for the audit list; the default is that of your user of the operating system`,
  options: { release: { type: 'string' }, ...actorOption },
  takesArguments: true,
  async run(options, tables) {
    const release = wholeNumber(options, 'release')
    if (release !== undefined && tables.length > 0) {
      throw new UsageError('name tables or use --release, but not both')
    }
    const choice = { tables, release }
    const act = { actor: actorOf(options), act: 'retire', arguments: choice }
    await runJob(loadConfig(process.env), act, retiring(choice))
  },
}
