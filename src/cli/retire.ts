/**
 * `epistle retire`: drops old read tables that no server reads any longer.
 */

import { loadConfig } from '../config.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { retire } from '../platform/read-models/retire/retire.ts'
import { withClient } from './connect.ts'
import { say, UsageError, type Verb, wholeNumber } from './verb.ts'

export const retireVerb: Verb = {
  summary: 'drop old read tables that no server reads any longer',
  help: `Usage: epistle retire [<table>… | --release N]

Drops the read tables named, or those of a release. Without either, it drops every read table that
neither this code nor a running server reads. A table stays if a server reads it, if another table or
view depends on it, or if no newer version of it is live; the command gives the reason. Event tables are
never dropped. You cannot undo this: old code whose tables are gone cannot start on this database again.

  --release N   drop the read tables that release N brought`,
  options: { release: { type: 'string' } },
  takesArguments: true,
  async run(options, tables) {
    const release = wholeNumber(options, 'release')
    if (release !== undefined && tables.length > 0) {
      throw new UsageError('name tables or use --release, but not both')
    }
    await withClient(loadConfig(process.env), async (client) => {
      const gone = await retire({ client, directory: dbDirectory, tables, release, say })
      if (gone.length === 0) say('nothing to retire')
    })
  },
}
