// Sessions observed from another connection: which locks each holds, what it waits for, and which
// sessions block it.
import type pg from 'pg'
import { until } from '../until.ts'

export interface Lock {
  readonly mode: string
  readonly granted: boolean
  /** The relation locked, with its schema; null for an advisory lock. */
  readonly relation: string | null
  /** The two numbers of an advisory lock, e.g. `17744 0`; null for a relation. */
  readonly key: string | null
}

/** The process id of a connection's backend. */
export async function backendPid(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

/** The locks that a backend holds or waits for, on relations of this database or advisory. */
export async function locksOf(db: pg.ClientBase, pid: number): Promise<Lock[]> {
  const { rows } = await db.query<Lock>(
    `select l.mode, l.granted, n.nspname || '.' || c.relname as relation,
       case when l.locktype = 'advisory' then format('%s %s', l.classid, l.objid) end as key
     from pg_locks l left join pg_class c on c.oid = l.relation
       and l.database = (select oid from pg_database where datname = current_database())
     left join pg_namespace n on n.oid = c.relnamespace
     where l.pid = $1 and (l.locktype = 'advisory' or c.oid is not null)`,
    [pid],
  )
  return rows
}

/** Resolves once a backend waits for an advisory lock of Epistle, e.g. 0, the append lock. */
export async function untilLockWait(db: pg.ClientBase, pid: number, key: number): Promise<void> {
  await until(`process ${pid} waits for the lock ${key}`, async () => {
    const { rowCount } = await db.query(
      `select from pg_locks where pid = $1 and not granted
         and locktype = 'advisory' and classid = 17744 and objid = $2`,
      [pid, key],
    )
    return rowCount ?? 0
  })
}

export interface Wait {
  readonly pid: number
  /** The backends that hold the lock, or wait for it in front of this one. */
  readonly by: readonly number[]
  /** A relation with its schema, or `advisory 17744 0`. */
  readonly what: string
}

/** Every wait for a table or an advisory lock of this database at this moment. */
export async function currentWaits(db: pg.ClientBase): Promise<Wait[]> {
  const { rows } = await db.query<Wait>(
    `select l.pid, pg_blocking_pids(l.pid) as by,
       coalesce(n.nspname || '.' || c.relname, format('%s %s %s', locktype, classid, objid)) as what
     from pg_locks l left join pg_class c on c.oid = l.relation
     left join pg_namespace n on n.oid = c.relnamespace
     where not l.granted and l.database = (select oid from pg_database
       where datname = current_database())`,
  )
  return rows
}

/** The waits of this database for a lock, e.g. `read.users_2` or `advisory 17744 2`. */
export async function waitsFor(db: pg.ClientBase, what: string): Promise<Wait[]> {
  return (await currentWaits(db)).filter((wait) => wait.what === what)
}

/** Resolves once at least `many` sessions of this database wait for a lock; see `waitsFor`. */
export async function untilWaits(db: pg.ClientBase, what: string, many = 1): Promise<Wait[]> {
  return until(`${many} waits for ${what}`, async () => {
    const waits = await waitsFor(db, what)
    return waits.length >= many && waits
  })
}

/** Samples the waits until it is stopped; `stop` returns all that it saw. */
export function watchWaits(db: pg.ClientBase): { stop: () => Promise<Wait[]> } {
  let over = false
  const seen: Wait[] = []
  const watching = (async () => {
    while (!over) seen.push(...(await currentWaits(db)))
  })()
  const stop = async () => {
    over = true
    await watching
    return seen
  }
  return { stop }
}
