/** One connection of a pool for several queries, or for what a query reports beside its result. */

import type { Pool, PoolClient } from 'pg'
import { untilConfirmed } from './confirmed-commits.ts'
import { isAnswer } from './query-errors.ts'

/** Runs `use` on a connection of the pool, which keeps it unless it was lost. It must leave no transaction open. */
export async function onOneConnection<T>(
  pool: Pick<Pool, 'connect'>,
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  client.on('error', ignoreError)
  let isLost = false
  try {
    return await use(client)
  } catch (error) {
    isLost = !isAnswer(error)
    throw error
  } finally {
    client.off('error', ignoreError)
    client.release(isLost)
  }
}

/**
 * Runs `write` on a connection of the pool. Resolves once the synchronous standbys have what it committed, so no failover
 * loses what the caller reports. Throws UnconfirmedError, or what `write` throws.
 */
export function writeConfirmed<T>(
  pool: Pick<Pool, 'connect'>,
  write: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return onOneConnection(pool, (client) => untilConfirmed(client, () => write(client)))
}

/** The query on a lost connection fails and reports the reason. */
function ignoreError(): void {}
