/**
 * Dry run: finds out whether work would change the database, by carrying it out in read-only transactions up to its first
 * change. So PostgreSQL decides what a change is, and no list of steps can be incomplete.
 */

import { type ClientBase, DatabaseError } from 'pg'

/**
 * Whether `work` came to its end without a change to the database. Where it did not, it changed nothing, and is still to
 * be done. Throws what `work` throws. The connection must not be in a transaction.
 */
export async function changedNothing(
  client: ClientBase,
  work: () => Promise<void>,
): Promise<boolean> {
  await client.query('set default_transaction_read_only = on')
  try {
    await work()
    return true
  } catch (error) {
    if (!isRefusedChange(error)) throw error
    return false
  } finally {
    // A lost connection has ended the session; the first error is the one to report.
    await client.query('reset default_transaction_read_only').catch(() => undefined)
  }
}

/** 25006: read_only_sql_transaction. */
function isRefusedChange(error: unknown): boolean {
  if (error instanceof DatabaseError && error.code === '25006') return true
  return error instanceof Error && error.cause !== undefined && isRefusedChange(error.cause)
}
