/**
 * What an error of a query shows: whether PostgreSQL answered, and whether a retry can help. This is the only place that
 * sorts SQLSTATEs and the errors of connections; writers, workers and responses ask it.
 */

import { DatabaseError } from 'pg'
import { UnconfirmedError } from './confirmed-commits.ts'

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
 * SQLSTATEs (PostgreSQL, appendix A) of conditions that end by themselves or through an operator, while the statement
 * is correct: connections (08), a standby or read-only session (25006), a timeout of the session (25P0x), a statement
 * that an earlier query failed to prepare (26000), authorization and database (28, 3D000), deadlocks and conflicts (40),
 * resources (53), a lock timeout (55P03), intervention by an administrator or timeout (57), failures of the system (58).
 */
const transientStates =
  /^(?:08...|25006|25P0[345]|26000|28...|3D000|40...|53...|55P03|57...|58...)$/

/** Whether a retry can help a query of a connection: it was lost, or the answer is about a condition that ends. */
export function isTransient(error: unknown): boolean {
  return !isAnswer(error) || transientStates.test(error.code ?? '')
}

/** Codes of Node for sockets that broke, and for names and hosts that are not reached. */
const brokenSocket =
  /^(?:EAI_AGAIN|ENOTFOUND|EPIPE|EPROTO|ETIMEDOUT|ENOTCONN|ECONN(?:REFUSED|RESET|ABORTED)|E(?:HOST|NET)(?:UNREACH|DOWN)|ERR_SOCKET_CLOSED|ERR_STREAM_(?:DESTROYED|WRITE_AFTER_END))$/

/** Messages of errors that pg and its pool throw without a code. */
const connectionLost =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Query read timeout|Received unexpected \w+ message from backend|Cannot use a pool after calling end|The server does not support SSL|There was an error establishing an SSL connection)/i

/**
 * Whether any error means that the database is unreachable or cannot serve at the moment. Unlike `isTransient`, it
 * counts no error that it does not know.
 */
export function isUnavailability(error: unknown): boolean {
  if (error instanceof DatabaseError) return isTransient(error)
  if (error instanceof UnconfirmedError) return true
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError && error.errors.some(isUnavailability)) return true
  const { code, syscall } = error as NodeJS.ErrnoException
  // Also a missing or forbidden Unix socket, whose code is not in the list.
  if (syscall === 'connect') return true
  return code === undefined ? connectionLost.test(error.message) : brokenSocket.test(code)
}

/** Whether the session began while the database was read-only. It stays so, and a new one might not be. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25006'
}
