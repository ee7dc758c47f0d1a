// Connections seen from beside them: what each waits for, and for whom, and which locks it holds.
import type pg from 'pg'
import { until } from '../until.ts'

export interface Lock {
  readonly mode: string
  readonly granted: boolean
  /** The relation locked, with its schema; null for an advisory lock. */
  readonly relation: string | null
}

export async function processOf(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

export async function locksOf(db: pg.ClientBase, pid: number): Promise<Lock[]> {
  const { rows } = await db.query<Lock>(
    `select l.mode, l.granted, n.nspname || '.' || c.relname as relation
     from pg_locks l left join pg_class c on c.oid = l.relation
       and l.database = (select oid from pg_database where datname = current_database())
     left join pg_namespace n on n.oid = c.relnamespace
     where l.pid = $1 and (l.locktype = 'advisory' or c.oid is not null)`,
    [pid],
  )
  return rows
}

/** Resolves once a connection waits for an advisory lock of Epistle's, e.g. the append lock, 0. */
export async function untilItWaits(db: pg.ClientBase, pid: number, key: number): Promise<void> {
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
  /** The processes that hold what it waits for, or wait for it in front of it. */
  readonly by: readonly number[]
  /** A relation with its schema, or `advisory 17744 0`. */
  readonly what: string
}

/** Everybody who waits for a lock of this database at this moment. */
export async function waitsNow(db: pg.ClientBase): Promise<Wait[]> {
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

/** Looks again and again who waits, until it is stopped; answers all that it saw. */
export function watchWaits(db: pg.ClientBase): { stop: () => Promise<Wait[]> } {
  let over = false
  const seen: Wait[] = []
  const watching = (async () => {
    while (!over) seen.push(...(await waitsNow(db)))
  })()
  const stop = async () => {
    over = true
    await watching
    return seen
  }
  return { stop }
}
