/**
 * New shadows: shadows of read tables that the schema `read` does not have, so that only the texts of their
 * files show which tables they refer to. They are made in the schema that comes first in `search_path`.
 */

import type { ClientBase } from 'pg'
import type { ReleaseFile } from '../releases/releases.ts'
import { runReleaseFiles } from '../releases/run-release-files.ts'

/**
 * Creates shadows of read tables that do not exist yet, in the caller's transaction, and shadows of the
 * tables that they refer to: a foreign key to a live table would lock that table. Returns all shadows,
 * referred ones first.
 */
export async function createNewShadows(
  client: ClientBase,
  tables: readonly string[],
  files: readonly ReleaseFile[],
): Promise<string[]> {
  const made: string[] = []
  const begun = new Set<string>()
  async function create(table: string): Promise<void> {
    // In a circle of references, which is refused later, the second table is created before the first.
    if (begun.has(table)) return
    begun.add(table)
    for (const name of referredTables(table, files)) await create(name)
    await runReleaseFiles(
      client,
      files.filter((file) => file.table === table),
    )
    made.push(table)
  }
  for (const table of tables) await create(table)
  return made
}

/**
 * The read tables that the files of a table name outside comments, in foreign keys or projections. Creating the
 * table to find out would wait for locks that writers hold.
 */
export function referredTables(table: string, files: readonly ReleaseFile[]): string[] {
  const readTables = new Set(files.filter(({ kind }) => kind === 'read').map((file) => file.table))
  const words = files
    .filter((file) => file.table === table)
    .flatMap(({ text }) => text.replace(/--.*/g, '').match(/\b[a-z]\w*_\d+\b/g) ?? [])
  return [...new Set(words)].filter((name) => name !== table && readTables.has(name))
}
