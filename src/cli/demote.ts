/**
 * `epistle demote`: replaces an old read table with a view of its successor, while old servers read it.
 */

import { loadConfig } from '../config.ts'
import { dbDirectory } from '../platform/read-models/releases/releases.ts'
import { demote } from '../platform/read-models/retire/demote.ts'
import { withClient } from './connect.ts'
import { say, UsageError, type Verb } from './verb.ts'

export const demoteVerb: Verb = {
  summary: 'turn old read tables into views of their successors',
  help: `Usage: epistle demote <table>…

Compares each table row by row with the view that a later release brings for it. Then it replaces the
table with the view in one short transaction; it refuses if rows or columns differ. From then on the
old version costs no projection and no space, and the constraints of its successor apply. Servers that
read it notice nothing. You can demote tables in any order, and again when a newer release brings
another view.`,
  options: {},
  takesArguments: true,
  async run(_options, tables) {
    if (tables.length === 0) throw new UsageError('name at least one table to demote')
    await withClient(loadConfig(process.env), async (client) => {
      for (const table of tables) await demote(client, dbDirectory, table, say)
    })
  },
}
