/**
 * `epistle retire`: drops old read tables that nobody reads any more.
 */

import { loadConfig } from '../config.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { retire } from '../platform/read-models/retire/retire.ts'
import { withClient } from './connect.ts'
import { say, UsageError, type Verb, wholeNumber } from './verb.ts'

export const retireVerb: Verb = {
  summary: 'drop old read tables that nobody reads any more',
  help: `Usage: epistle retire [--release N | table…]

Drops the read tables named, or those of a release; without either, every one that neither this code
reads nor a running server. What a server reads, or another table or view depends on, is not dropped,
and retire says who or what that is. Event tables are never dropped. There is no way back: old code
whose tables are gone cannot be started on this database again.

  --release N   the read tables that release N brought`,
  options: { release: { type: 'string' } },
  takesTables: true,
  async run(options, tables) {
    const release = wholeNumber(options, 'release')
    if (release !== undefined && tables.length > 0) {
      throw new UsageError('give either --release or tables')
    }
    await withClient(loadConfig(process.env), async (client) => {
      const gone = await retire({ client, directory: dbDirectory, tables, release, say })
      if (gone.length === 0) say('nothing to retire')
    })
  },
}
