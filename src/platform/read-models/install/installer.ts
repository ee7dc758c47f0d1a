/**
 * One at a time: install, its check, retire and demote look at or change which tables there are, and would
 * pull them from under each other; and there is one schema for shadows, which nothing may change beside.
 *
 * Session locks, so that they end with the process. Whoever waits says for whom.
 */

import type { ClientBase } from 'pg'

/** Runs `work` alone among installers. */
export async function asInstaller<T>(
  client: ClientBase,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  return alone(client, 1, 'install, check, retire or demote', say, work)
}

/**
 * Runs `work` while nobody else builds shadows or compares with them: those know the releases and tables
 * of the moment in which they were made, and would take what comes later for damage. An installer takes
 * this lock after its own, and nobody the other way round.
 */
export async function besideNoShadow<T>(
  client: ClientBase,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  return alone(client, 2, 'verify, rebuild, replay, demote, retire, install or check', say, work)
}

/** Runs `work` as `besideNoShadow` does, but not at all where it would have to wait. */
export async function unlessShadowed(client: ClientBase, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query('select pg_try_advisory_lock(17744, 2) as taken')
  if (!rows[0].taken) return
  try {
    await work()
  } finally {
    await client.query('select pg_advisory_unlock(17744, 2)')
  }
}

/** Runs `work` as the only one that holds the lock (17744, key), which `others` take as well. */
async function alone<T>(
  client: ClientBase,
  key: number,
  others: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await client.query('select pg_try_advisory_lock(17744, $1) as taken', [key])
  if (!rows[0].taken) {
    const process = await holderOf(client, key)
    say(`another ${others} is at work on this database${process}; waiting for it`)
    await client.query('select pg_advisory_lock(17744, $1)', [key])
  }
  try {
    return await work()
  } finally {
    await client.query('select pg_advisory_unlock(17744, $1)', [key]).catch(() => undefined)
  }
}

/** The process of the database that holds a lock, as `pg_stat_activity` has it. */
async function holderOf(client: ClientBase, key: number): Promise<string> {
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_locks
     where locktype = 'advisory' and classid = 17744 and objid = $1 and objsubid = 2 and granted
       and database = (select oid from pg_database where datname = current_database())`,
    [key],
  )
  return rows[0] ? ` (its process ${rows[0].pid})` : ''
}
