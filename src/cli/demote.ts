/**
 * `epistle demote`: makes an old read table a view of its successor, while old servers read it.
 */

import { loadConfig } from '../config.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { demote } from '../platform/read-models/retire/demote.ts'
import { withClient } from './connect.ts'
import { say, UsageError, type Verb } from './verb.ts'

export const demoteVerb: Verb = {
  summary: 'make old read tables views of their successors',
  help: `Usage: epistle demote <table>…

Compares each table named with the view of its successor that a later release brings for it, row by
row, and takes the view for the table in one short transaction. From then on the old version costs no
trigger and no space, and its constraints are its successor's; servers that read it notice nothing.
Refuses where rows or columns differ. In any order; and again, when a newer release has another view.`,
  options: {},
  takesTables: true,
  async run(_options, tables) {
    if (tables.length === 0) throw new UsageError('name the tables to demote')
    await withClient(loadConfig(process.env), async (client) => {
      for (const table of tables) await demote(client, dbDirectory, table, say)
    })
  },
}
