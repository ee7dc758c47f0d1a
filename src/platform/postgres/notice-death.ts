/**
 * Lets PostgreSQL notice a process that has ended, on connections that hold locks or a snapshot for long. Otherwise it
 * would release them only at the end of the statement that runs, which can take an hour.
 */

import type { ClientBase } from 'pg'

/** From now on, PostgreSQL checks every second of a statement whether the other end of this connection is there. */
export async function noticeDeath(client: ClientBase): Promise<void> {
  await client.query(`set client_connection_check_interval = '1s'`)
}
