/**
 * One at a time: install, its check, retire and demote look at or change which tables there are, and would pull them from
 * under each other.
 */

import type { ClientBase } from 'pg'

/** Runs `work` alone among installers: a session lock, so that it ends with the process. */
export async function asInstaller<T>(
  client: ClientBase,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await client.query('select pg_try_advisory_lock(17744, 1) as taken')
  if (!rows[0].taken) {
    say('another install, check, retire or demote is at work on this database; waiting for it')
    await client.query('select pg_advisory_lock(17744, 1)')
  }
  try {
    return await work()
  } finally {
    await client.query('select pg_advisory_unlock(17744, 1)').catch(() => undefined)
  }
}
