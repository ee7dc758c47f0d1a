/**
 * Plans which files of the releases an installation has to run.
 */

import type { ClientBase } from 'pg'
import {
  newestReadTables,
  projectionFiles,
  type Release,
  type ReleaseFile,
} from '../releases/releases.ts'

/** The files that bring a database up to a release. */
export interface Plan {
  /** Event tables, casts and backports of the new releases. */
  readonly shared: readonly ReleaseFile[]
  /** The files of new read tables: the newest version of each, and what later releases added to it. */
  readonly readTables: readonly ReleaseFile[]
}

/**
 * Plans the files of the new releases (`fresh`): all event tables, and the backports of tables that events
 * are still projected into, so not of views. Of read tables it plans the newest version of each, unless
 * the database already has it. A table in a state of `missing` counts as one that the database lacks.
 */
export async function plan(
  client: ClientBase,
  wanted: readonly Release[],
  fresh: readonly Release[],
  missing: readonly string[] = [],
): Promise<Plan> {
  const { rows } = await client.query<{ name: string; projected: boolean }>(
    `select name, state in ('building', 'live') as projected
     from read.tables where state <> all ($1)`,
    [missing],
  )
  const there = new Set(rows.map(({ name }) => name))
  const projected = new Set(rows.flatMap((row) => (row.projected ? [row.name] : [])))
  const newest = newestReadTables(wanted, wanted.length - 1)
  const files = projectionFiles(wanted)
  const readTables = new Set(files.filter(({ kind }) => kind === 'read').map(({ table }) => table))
  const isNew = (file: ReleaseFile) => fresh.some(({ release }) => release === file.release)
  return {
    shared: files.filter(
      (file) =>
        isNew(file) &&
        (!readTables.has(file.table) || (projected.has(file.table) && file.kind === 'backport')),
    ),
    readTables: files.filter(({ table }) => newest.has(table) && !there.has(table)),
  }
}
