/**
 * Runs the files of releases, in an order that their references allow.
 */

import { type ClientBase, DatabaseError } from 'pg'
import { InstallError } from '../errors.ts'
import type { ReleaseFile } from './releases.ts'

/**
 * Runs each of the files once, in the caller's transaction. A file that refers to something missing is
 * tried again after the others. Throws InstallError where a file cannot be run.
 */
export async function runReleaseFiles(
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

/** undefined_table, undefined_object (a type), undefined_function: another file can create it. */
function isMissingReference(error: unknown): boolean {
  return error instanceof DatabaseError && ['42P01', '42704', '42883'].includes(error.code ?? '')
}

function toInstallError(file: ReleaseFile, error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error
  // 55P03 lock_not_available and 40P01 deadlock_detected: the transaction is retried.
  if (['55P03', '40P01'].includes(error.code ?? '')) return error
  return new InstallError(`db/releases/${file.path}: ${error.message}`, { cause: error })
}
