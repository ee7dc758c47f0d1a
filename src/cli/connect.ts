/**
 * The database a command works on: that of DATABASE_URL, or the embedded one in `.data`.
 */

import { join } from 'node:path'
import pg from 'pg'
import type { Config } from '../config.ts'
import { removeAbandoned } from '../platform/read-models/replay/shadow.ts'
import { StoppedError, unlessStopped } from './signals.ts'
import { say } from './verb.ts'

/** The checkout that this code lies in. */
export const checkout = join(import.meta.dirname, '..', '..')

/** A database is reached, and until `close` it stays. */
export interface Database {
  readonly url: string
  close(): Promise<void>
}

/** The database cannot be reached. */
class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/** The login may not do what the command needs. */
class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError'

  constructor(cause: Error) {
    super(`${cause.message}; this needs a DATABASE_URL whose user owns the database`, { cause })
  }
}

/** SQLSTATE 42501, insufficient_privilege. */
function isForbidden(error: unknown): error is Error {
  return error instanceof pg.DatabaseError && error.code === '42501'
}

/** SQLSTATE 57P01 to 57P03, a server that stops or was told to; or no word from it at all. */
function isLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^57P0[123]$/.test(error.code ?? '')
  return (
    error instanceof Error &&
    /^(ECONNRESET|EPIPE|ETIMEDOUT)$/.test(String(Reflect.get(error, 'code')))
  )
}

/** Finds the database, starting the embedded one where none is given; `exclusive` for a service. */
export async function openDatabase(config: Config, exclusive: boolean): Promise<Database> {
  if (config.databaseUrl) return { url: config.databaseUrl, close: async () => undefined }
  // Loaded only here: the image of production does without it.
  const { startEmbeddedPostgres } = await import(
    '../platform/embedded-postgres/embedded-postgres.ts'
  )
  return startEmbeddedPostgres({ directory: join(checkout, '.data'), exclusive, say })
}

/** Runs `work` on a connection of its own to the database, and closes both. Throws StoppedError. */
export async function withClient<T>(
  config: Config,
  work: (client: pg.Client) => Promise<T>,
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
    throw error
  } finally {
    await database.close()
  }
}

/** How long the database may take to end a connection, ms. */
const endMs = 5_000

/** Ends what a connection does, which would go on to the end of its statement, and what it was for. */
async function abandon(url: string, process: number): Promise<void> {
  await withConnection(url, async (client) => {
    await client.query('select pg_terminate_backend($1, $2)', [process, endMs])
    await removeAbandoned(client)
  })
}

/** Runs `work` on a connection of its own, and closes it. Throws ConnectionError. */
export async function withConnection<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString, application_name: 'epistle' })
  // Of a connection lost between two queries the next query tells, but not why.
  let lost: Error | undefined
  client.on('error', (error) => {
    lost ??= error
  })
  try {
    await client.connect()
  } catch (error) {
    throw new ConnectionError(
      `the database cannot be reached: ${reason(error)}; is DATABASE_URL right?`,
      { cause: error },
    )
  }
  try {
    return await work(client)
  } catch (error) {
    if (isForbidden(error)) throw new ForbiddenError(error)
    if (!lost && !isLost(error)) throw error
    throw new ConnectionError(
      `the connection to the database was lost (${reason(lost ?? error)}); run the command again: it ` +
        'goes on where it was',
      { cause: error },
    )
  } finally {
    await client.end()
  }
}

/** A refused connection to a name with several addresses has no message of its own. */
function reason(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : String(first)
}
