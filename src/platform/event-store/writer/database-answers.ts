/**
 * What an error of a query shows: whether PostgreSQL answered, and whether a retry can help.
 */

import { DatabaseError } from 'pg'

/**
 * Whether PostgreSQL answered and keeps the connection; any other error means that the connection is lost.
 * The severity is in the language of the server, so the SQLSTATEs that end a connection are checked, too.
 */
export function isAnswer(error: unknown): error is DatabaseError {
  if (!(error instanceof DatabaseError)) return false
  const { severity = '', code = '' } = error
  return !/^(?:FATAL|PANIC)$/.test(severity) && !/^(?:08|25P0[34]|57P)/.test(code)
}

/**
 * Whether a retry can help: the connection was lost, or the SQLSTATE (PostgreSQL, appendix A) is one of
 * connections, standbys, deadlocks, resources, lock timeouts or interventions by an operator. A statement is
 * unknown (26000) when an earlier query on the connection was to prepare it and failed.
 */
export function isTransient(error: unknown): boolean {
  return !isAnswer(error) || /^(?:08|25006|26000|40|53|55P03|57|58)/.test(error.code ?? '')
}

/** Whether the session began while the database was read-only. It stays so, and a new one might not be. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25006'
}

/**
 * Whether a notice warns that a commit did not wait for the synchronous standby to its end, because an administrator
 * cancelled the wait. Its text is in the language of the server, but the name of the function is not.
 */
export function isUnconfirmed({ routine }: { readonly routine?: string | undefined }): boolean {
  return routine === 'SyncRepWaitForLSN'
}

/** A commit is on the primary server, and possibly on no standby: a failover can lose it. */
export class UnconfirmedError extends Error {
  override readonly name = 'UnconfirmedError'
  readonly code = 'unconfirmed'

  constructor() {
    super(
      'the wait of a commit for the synchronous standby was cancelled, so a failover could lose the commit; its ' +
        'commands are looked up again',
    )
  }
}
