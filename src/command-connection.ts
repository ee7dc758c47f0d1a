/**
 * The connections of commands and of jobs of the admin port: each is opened for one piece of work, under the rights of
 * its login and without a limit of time, and says in a sentence why it cannot be opened or was lost.
 */

import type { Socket } from 'node:net'
import pg from 'pg'
import { explain } from './explain-error.ts'
import { untilConfirmed } from './platform/postgres/confirmed-commits.ts'
import { DatabaseUrlError } from './platform/postgres/database-url.ts'
import { requireOwnSessions } from './platform/postgres/pooler.ts'
import { isAnswer } from './platform/postgres/query-errors.ts'
import { commandSession, openSession, SessionError } from './platform/postgres/session.ts'
import { removeAbandoned } from './platform/read-models/replay/shadow.ts'

/** The database cannot be reached. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/** Whether an error means that the connection ended. Errors of the system can be of files, too. */
function isLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return !isAnswer(error)
  const { code } = error as NodeJS.ErrnoException
  return error instanceof Error && /^(?:ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code ?? '')
}

/** How long to wait until PostgreSQL has ended a connection, ms. */
const endMs = 5_000

/**
 * How long a connection is silent before the system asks whether the other side is there, ms. While a long statement
 * runs nothing is sent, and firewalls forget such a connection after a few minutes.
 */
const silenceMs = 60_000

/** Creates the socket of a connection: pg's `stream`. */
type OpenSocket = () => Socket

/** Ends a connection, which would otherwise finish its statement, and removes the copies it left. */
export async function abandon(url: string, process: number, stream?: OpenSocket): Promise<void> {
  const end = async (client: pg.Client) => {
    await client.query('select pg_terminate_backend($1, $2)', [process, endMs])
    await removeAbandoned(client)
  }
  await withConnection(url, end, stream)
}

/**
 * Runs `work` on a new connection and closes it. Throws ConnectionError, DatabaseUrlError, SessionError,
 * UnconfirmedError or what `work` throws.
 */
export async function withConnection<T>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<T>,
  stream?: OpenSocket,
): Promise<T> {
  const client = await connect(databaseUrl, stream)
  // When a connection is lost between two queries, only this event contains the reason.
  let lost: Error | undefined
  client.on('error', (error) => {
    lost ??= error
  })
  try {
    return await untilConfirmed(client, () => work(client))
  } catch (error) {
    if (!lost && !isLost(error)) throw error
    throw new ConnectionError(
      `the connection to the database was lost (${reason(lost ?? error)}); run the command again: it ` +
        'continues where it stopped',
      { cause: error },
    )
  } finally {
    await client.end()
  }
}

async function connect(databaseUrl: string, stream?: OpenSocket): Promise<pg.Client> {
  try {
    await requireOwnSessions(databaseUrl)
    return await openSession(databaseUrl, commandSession, {
      application_name: 'epistle',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: silenceMs,
      ...(stream && { stream }),
    })
  } catch (error) {
    if (error instanceof SessionError || error instanceof DatabaseUrlError) throw error
    const advice = 'check DATABASE_URL and that PostgreSQL is running'
    throw new ConnectionError(
      `cannot connect to the database: ${explain(error) ?? `${reason(error)}; ${advice}`}`,
      { cause: error },
    )
  }
}

/** The error of a host name with several addresses has no message itself, but its first cause has. */
function reason(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : String(first)
}
