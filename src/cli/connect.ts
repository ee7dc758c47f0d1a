/**
 * Opens the database that a command works on: that of DATABASE_URL, or the embedded one in `.data`.
 */

import { join } from 'node:path'
import pg from 'pg'
import type { Config } from '../config.ts'
import { explain } from '../explain-error.ts'
import { untilConfirmed } from '../platform/postgres/confirmed-commits.ts'
import { DatabaseUrlError } from '../platform/postgres/database-url.ts'
import { requireOwnSessions } from '../platform/postgres/pooler.ts'
import { commandSession, openSession, SessionError } from '../platform/postgres/session.ts'
import { removeAbandoned } from '../platform/read-models/replay/shadow.ts'
import { StoppedError, unlessStopped } from './signals.ts'
import { say } from './verb.ts'

/** The root folder of this checkout. */
export const checkout = join(import.meta.dirname, '..', '..')

/** A database that is available until `close`. */
export interface Database {
  readonly url: string
  close(): Promise<void>
}

/** The database cannot be reached. */
class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/** Whether an error means that the connection ended: its SQLSTATE, or that of the system. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = String(Reflect.get(error, 'code'))
  return error instanceof pg.DatabaseError
    ? /^(?:08|25P0[34]|57P)/.test(code)
    : /^(?:ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code)
}

/**
 * Returns the database of DATABASE_URL, or else starts the embedded one. `exclusive` is for services: a second
 * service on the embedded database is refused.
 */
export async function openDatabase(config: Config, exclusive: boolean): Promise<Database> {
  if (config.databaseUrl) return { url: config.databaseUrl, close: async () => undefined }
  // Loaded only here, because the production image does not contain it.
  const { startEmbeddedPostgres } = await import(
    '../platform/embedded-postgres/embedded-postgres.ts'
  )
  return startEmbeddedPostgres({ directory: join(checkout, '.data'), exclusive, say })
}

/**
 * Opens the database, runs `work` on a new connection and closes both. Throws StoppedError at a signal, after
 * it has ended the connection and removed the copies of tables that `work` left. `failed` gets every error, while the
 * database is still there.
 */
export async function withClient<T>(
  config: Config,
  work: (client: pg.Client) => Promise<T>,
  failed?: (error: unknown, url: string) => Promise<void>,
): Promise<T> {
  const database = await openDatabase(config, false)
  let process: number | undefined
  try {
    const working = withConnection(database.url, async (client) => {
      process = (await client.query('select pg_backend_pid() as process')).rows[0].process
      return work(client)
    })
    return await unlessStopped(working)
  } catch (error) {
    if (error instanceof StoppedError && process !== undefined) await abandon(database.url, process)
    await failed?.(error, database.url)
    throw error
  } finally {
    await database.close()
  }
}

/** How long to wait until PostgreSQL has ended a connection, ms. */
const endMs = 5_000

/** Ends a connection, which would otherwise finish its statement, and removes the copies it left. */
export async function abandon(url: string, process: number): Promise<void> {
  await withConnection(url, async (client) => {
    await client.query('select pg_terminate_backend($1, $2)', [process, endMs])
    await removeAbandoned(client)
  })
}

/**
 * Runs `work` on a new connection and closes it. Throws ConnectionError, SessionError, UnconfirmedError or what `work`
 * throws.
 */
export async function withConnection<T>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(databaseUrl)
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

async function connect(databaseUrl: string): Promise<pg.Client> {
  try {
    await requireOwnSessions(databaseUrl)
    return await openSession(databaseUrl, commandSession, { application_name: 'epistle' })
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
