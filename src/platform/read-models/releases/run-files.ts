/**
 * Running the files of releases: which ones, and in what order.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { InstallError } from '../errors.ts'
import { newestReadTables, type Release, type ReleaseFile } from './releases.ts'

/** What there is to run to bring a database up to a release. */
export interface Plan {
  /** Event tables, casts and backports of the releases that are new. */
  readonly shared: readonly ReleaseFile[]
  /** The files of read tables that are new: the newest version of each, and what was added to it. */
  readonly readTables: readonly ReleaseFile[]
}

/**
 * Of the new releases all event tables, and what they bring to tables that are projected into, so
 * not to views; of read tables only the newest version of each, unless the database has it already,
 * in a state other than those that count as `missing`.
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

/** What makes and feeds tables: every file but the views that demoted tables become. */
export function projectionFiles(releases: readonly Release[]): ReleaseFile[] {
  return releases.flatMap(({ files }) => files).filter(({ kind }) => kind !== 'view')
}

/** Runs files in whatever order their references allow, each of them once. Throws InstallError. */
export async function runInAnyOrder(
  client: ClientBase,
  files: readonly ReleaseFile[],
): Promise<void> {
  let left = files
  while (left.length > 0) {
    const later: ReleaseFile[] = []
    let lastError: unknown
    for (const file of left) {
      await client.query('savepoint file')
      try {
        await client.query(file.text)
      } catch (error) {
        lastError = toInstallError(file, error)
        if (!isMissingReference(error)) throw lastError
        later.push(file)
        await client.query('rollback to savepoint file')
      }
    }
    if (later.length === left.length) throw lastError
    left = later
  }
}

/** undefined_table, undefined_object (a type), undefined_function: another file may make it. */
function isMissingReference(error: unknown): boolean {
  return error instanceof DatabaseError && ['42P01', '42704', '42883'].includes(error.code ?? '')
}

function toInstallError(file: ReleaseFile, error: unknown): unknown {
  // 55P03 lock_not_available and 40P01 deadlock_detected are the transaction's to retry.
  const isFault = error instanceof DatabaseError && !['55P03', '40P01'].includes(error.code ?? '')
  return isFault
    ? new InstallError(`db/releases/${file.path}: ${error.message}`, { cause: error })
    : error
}
