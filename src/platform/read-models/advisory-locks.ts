/**
 * The advisory locks of maintenance: one command at a time changes which tables exist, and one command
 * at a time uses the schema `shadow`.
 *
 * Both are session locks, so they end with the process. A command that has to wait reports the process
 * that holds the lock. Every advisory lock key that TypeScript uses is defined here.
 */

import type { ClientBase } from 'pg'

/** The first key of the engine's locks: 'EP' in ASCII. */
const engineSpace = 17744

/** The append lock, as arguments of `pg_advisory_xact_lock`; SQL takes it in `log.take_append_lock()`. */
export const appendLock = `${engineSpace}, 0`

/** The first key of a lease; the second is the id of the read table. */
export const leaseSpace = engineSpace + 1

/** The first key of the lock of a reader that holds leases; the second is the hash of its id (`work.readers`). */
export const readerSpace = engineSpace + 2

/** The first key of the lock of a job of the admin port; the second is the id of its act (`work.acts`). */
export const jobSpace = engineSpace + 3

/** A condition for rows `l` of pg_locks: the shared locks of a space that are held in this database. */
export const heldIn = (
  space: number,
): string => `l.locktype = 'advisory' and l.classid = ${space} and l.objsubid = 2
  and l.granted and l.mode = 'ShareLock'
  and l.database = (select oid from pg_database where datname = current_database())`

interface Lock {
  readonly key: number
  /** The commands that take this lock, for the message of a command that waits. */
  readonly takenBy: string
}

/** The lock of commands that change which tables exist, as arguments of `pg_advisory_lock`. */
export const installLockKeys = `${engineSpace}, 1`

const installLock: Lock = { key: 1, takenBy: 'install, install --check, demote or retire' }
const shadowLock: Lock = {
  key: 2,
  takenBy: 'verify, rebuild, show, demote, retire, install or install --check',
}

/**
 * Runs `work` while no other command looks at or changes which tables exist: install, its check, retire
 * and demote would otherwise drop tables that another one of them is using.
 */
export async function withInstallLock<T>(
  client: ClientBase,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  return withLock(client, installLock, say, work)
}

/**
 * Runs `work` while no other command builds shadows or compares with them. Shadows contain the releases
 * and tables of the moment in which they were made, so a later change would look like damage.
 *
 * Lock order: a command that needs the install lock as well takes that one first.
 */
export async function withShadowLock<T>(
  client: ClientBase,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  return withLock(client, shadowLock, say, work)
}

/** Runs `work` as `withShadowLock` does, but skips it where another session holds the lock. */
export async function ifShadowLockIsFree(
  client: ClientBase,
  work: () => Promise<void>,
): Promise<void> {
  if (!(await tryLock(client, shadowLock))) return
  try {
    await work()
  } finally {
    await unlock(client, shadowLock)
  }
}

async function withLock<T>(
  client: ClientBase,
  lock: Lock,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  if (!(await tryLock(client, lock))) {
    const process = await holderOf(client, lock)
    say(`another ${lock.takenBy} is running on this database${process}; waiting for it to finish`)
    await client.query(`select pg_advisory_lock(${engineSpace}, $1)`, [lock.key])
  }
  try {
    return await work()
  } finally {
    await unlock(client, lock).catch(() => undefined)
  }
}

async function tryLock(client: ClientBase, { key }: Lock): Promise<boolean> {
  const { rows } = await client.query(`select pg_try_advisory_lock(${engineSpace}, $1) as taken`, [
    key,
  ])
  return rows[0].taken
}

async function unlock(client: ClientBase, { key }: Lock): Promise<void> {
  await client.query(`select pg_advisory_unlock(${engineSpace}, $1)`, [key])
}

/** The process of the database that holds a lock, as `pg_stat_activity` lists it. */
async function holderOf(client: ClientBase, { key }: Lock): Promise<string> {
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_locks
     where locktype = 'advisory' and classid = ${engineSpace} and objid = $1 and objsubid = 2 and granted
       and database = (select oid from pg_database where datname = current_database())`,
    [key],
  )
  return rows[0] ? ` (process ${rows[0].pid} of the database)` : ''
}
