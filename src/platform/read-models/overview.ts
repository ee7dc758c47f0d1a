/**
 * Overview: what of the status of a database changes from one moment to the next, cheap enough to ask for every second.
 *
 * The login of the servers may see all of it. Numbers of rows are estimates, because counting reads whole tables; the
 * exact ones are in `status.ts`.
 */

import type { Pool } from 'pg'
import { appendLock, heldIn, installLockKeys, leaseSpace, readerSpace } from './advisory-locks.ts'

type Queryable = Pick<Pool, 'query'>

export interface TableOverview {
  readonly name: string
  readonly release: number
  readonly state: 'building' | 'live' | 'demoted' | 'retiring'
  /** Whether it is live or demoted, and no relation has its name: a session has dropped it. */
  readonly isMissing: boolean
  /** How far its build has replayed; a live table is always up to date. Decimal. */
  readonly position: string
  readonly liveAt: Date | null
  /** Null where the table was never analyzed, or was dropped by hand. */
  readonly estimatedRows: number | null
  /** The read tables that a demoted one is a view of. */
  readonly viewOf: readonly string[]
  /** What the last verify found; null before the first. */
  readonly verified: {
    readonly at: string
    readonly position: string
    readonly differences: number
  } | null
}

/** A server or worker of any release. */
export interface ReaderOverview {
  /** E.g. `epistle serve 127.0.0.1:3000, process 4711`. */
  readonly name: string
  /** The newest release whose read table it reads. */
  readonly release: number | null
  readonly tables: readonly string[]
  /** False for one that was seen within the last minute and holds no lease now, as after a failover. */
  readonly holdsLeases: boolean
  /** When it was last seen; null for one that holds leases. */
  readonly seenAt: Date | null
}

/** The last position of the log, decimal, and the time of its event; "0" and null while the log is empty. */
export async function readHead(on: Queryable): Promise<{ position: string; at: Date | null }> {
  const { rows } = await on.query<{ position: string; at: Date }>(
    'select position, recorded_at as at from log.events order by position desc limit 1',
  )
  return rows[0] ?? { position: '0', at: null }
}

export async function readInstalledReleases(on: Queryable) {
  const { rows } = await on.query<{ release: number; name: string; installedAt: Date }>(
    'select release, name, installed_at as "installedAt" from log.releases order by release',
  )
  return rows
}

/** Every read table, by name. */
export async function readTableOverviews(on: Queryable): Promise<TableOverview[]> {
  const { rows } = await on.query<TableOverview>(
    `select t.name, t.release, t.state, t.position, t.live_at as "liveAt",
       t.state in ('live', 'demoted') and c.oid is null as "isMissing",
       case when c.reltuples >= 0 and c.relkind = 'r' then c.reltuples::float8 end as "estimatedRows",
       array(select distinct s.relname::text
         from pg_rewrite r
         join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
           and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
         join pg_class s on s.oid = d.refobjid
         where r.ev_class = c.oid order by 1) as "viewOf",
       case when v.read_table is not null then jsonb_build_object('at', v.verified_at,
         'position', v.position::text, 'differences', v.differences) end as verified
     from read.tables t
     left join work.verifications v on v.read_table = t.name
     left join pg_class c on c.relname = t.name and c.relnamespace = 'read'::regnamespace
     order by t.name`,
  )
  return rows
}

/**
 * How many parts of tables, such as triggers, the last verify or install found not as installed; no row before the first.
 * A verify of one table looks at all of them, at its end. One that began before an install can end after it, so the last
 * result counts, and not the last act. The limit saves reading all acts.
 */
export const lastDeviations = `
  select deviations from (
    select r.at, jsonb_array_length(r.result -> 'deviations') as deviations
    from work.acts a join work.act_results r on r.act_id = a.id
    where a.act in ('verify', 'install') and r.outcome = 'done' and r.result ? 'deviations'
    order by a.id desc limit 10) last
  order by at desc limit 1`

/** As `lastDeviations` has it; null before the first. */
export async function readDeviations(on: Queryable): Promise<number | null> {
  const { rows } = await on.query<{ deviations: number }>(lastDeviations)
  return rows[0]?.deviations ?? null
}

export async function readEventTables(on: Queryable) {
  const { rows } = await on.query<{
    name: string
    release: number
    aggregate: string
    estimatedRows: number | null
  }>(
    `select t.type as name, t.release, t.aggregate,
       case when c.reltuples >= 0 then c.reltuples::float8 end as "estimatedRows"
     from log.event_types t
     left join pg_class c on c.relname = t.type and c.relnamespace = 'log'::regnamespace
     order by t.release, t.type`,
  )
  return rows
}

/** How long (s) the first session that waits for the append lock has waited; 0 if none does. */
export async function readAppendWait(on: Queryable): Promise<number> {
  const { rows } = await on.query<{ seconds: number }>(
    `select coalesce(extract(epoch from clock_timestamp() - min(waitstart)), 0)::float8 as seconds
     from pg_locks
     where locktype = 'advisory' and (classid, objid) = (${appendLock}) and objsubid = 2 and not granted
       and database = (select oid from pg_database where datname = current_database())`,
  )
  return rows[0]?.seconds ?? 0
}

/** Whether an install runs, or another command that takes its lock: install --check, demote or retire. */
export async function readIsInstalling(on: Queryable): Promise<boolean> {
  const { rows } = await on.query(
    `select from pg_locks
     where locktype = 'advisory' and (classid, objid) = (${installLockKeys}) and objsubid = 2 and granted
       and database = (select oid from pg_database where datname = current_database())`,
  )
  return rows.length > 0
}

/** The running servers and workers: those that hold leases, and those that can come back. */
export async function readReaders(on: Queryable): Promise<ReaderOverview[]> {
  const { rows } = await on.query<ReaderOverview>(
    `select coalesce(nullif(a.application_name, ''), 'a server') as name, max(t.release) as release,
       array_agg(t.name order by t.name) as tables, true as "holdsLeases", null::timestamptz as "seenAt"
     from pg_locks l
     join read.tables t on t.id::bigint = l.objid::bigint
     left join pg_stat_activity a using (pid)
     where ${heldIn(leaseSpace)}
     group by l.pid, a.application_name
     union all
     select r.name, (select max(t.release) from read.tables t where t.name = any (r.tables)), r.tables, false,
       r.seen_at
     from work.readers r
     where r.seen_at > clock_timestamp() - interval '1 minute'
       and r.seen_on is distinct from pg_postmaster_start_time() and not exists (
         select from pg_locks l where ${heldIn(readerSpace)} and l.objid = hashtext(r.id::text)::oid)
     order by name`,
  )
  return rows
}
