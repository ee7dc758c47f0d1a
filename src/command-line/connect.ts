/**
 * The database a command works on: that of DATABASE_URL, or the embedded one in `.data`.
 */

import { join } from 'node:path'
import pg from 'pg'
import type { Config } from '../config.ts'
import { say } from './command.ts'

/** The checkout that this code lies in. */
export const checkout = join(import.meta.dirname, '..', '..')

/** A database is reached, and until `close` it stays. */
export interface Database {
  readonly url: string
  close(): Promise<void>
}

/** The database cannot be reached. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/** Finds the database, starting the embedded one where none is given; `exclusive` for a service. */
export async function openDatabase(config: Config, exclusive: boolean): Promise<Database> {
  if (config.databaseUrl) return { url: config.databaseUrl, close: async () => undefined }
  // Loaded only here: the image of production does without it.
  const { startEmbeddedPostgres } = await import('../postgres/embedded.ts')
  return startEmbeddedPostgres({ directory: join(checkout, '.data'), exclusive, say })
}

/** Runs `work` on a connection of its own to the database, and closes both. */
export async function withClient<T>(
  config: Config,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, false)
  try {
    return await withConnection(database.url, work)
  } finally {
    await database.close()
  }
}

/** Runs `work` on a connection of its own, and closes it. Throws ConnectionError. */
export async function withConnection<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString, application_name: 'epistle' })
  // A connection lost between two queries is told by the next query.
  client.on('error', () => undefined)
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
  } finally {
    await client.end()
  }
}

/** A refused connection to a name with several addresses has no message of its own. */
function reason(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : String(first)
}
