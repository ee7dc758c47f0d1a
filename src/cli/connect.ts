/**
 * Opens the database that a command works on: that of DATABASE_URL, or the embedded one in `.data`.
 */

import { join } from 'node:path'
import type { Client } from 'pg'
import { abandon, withConnection } from '../command-connection.ts'
import type { Config } from '../config.ts'
import { StoppedError, unlessStopped } from './signals.ts'
import { say } from './verb.ts'

/** The root folder of this checkout. */
export const checkout = join(import.meta.dirname, '..', '..')

/** A database that is available until `close`. */
export interface Database {
  readonly url: string
  close(): Promise<void>
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
  work: (client: Client) => Promise<T>,
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
