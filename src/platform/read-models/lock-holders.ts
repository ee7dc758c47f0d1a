/**
 * Lock holders: the sessions that hold a lease or a table, described so that an operator can find them.
 */

import type { ClientBase } from 'pg'
import { leaseSpace } from './advisory-locks.ts'

/** Where a session of `pg_stat_activity a` comes from. */
const origin = `case
         when a.client_addr is not null then 'from ' || host(a.client_addr)
         when a.client_port = -1 then 'local'
         else 'from an address that pg_read_all_stats may see'
       end`

/**
 * Name, process and address of each session that holds the lease of a read table, given by its id.
 * Without an id: of each session that holds any lease, which is every running server and worker.
 */
export async function leaseHolders(client: ClientBase, id?: number): Promise<string[]> {
  const { rows } = await client.query<{ holder: string }>(
    `select format('%s (process %s of the database, %s)',
       coalesce(nullif(a.application_name, ''), 'a server'), holding.pid, ${origin}) as holder
     from (
       select distinct l.pid
       from pg_locks l
       where l.locktype = 'advisory' and l.classid = ${leaseSpace} and l.objsubid = 2
         and ($1::int is null or l.objid = $1::int::oid)
         and l.database = (select oid from pg_database where datname = current_database())
         and l.granted and l.pid <> pg_backend_pid()
     ) holding
     left join pg_stat_activity a using (pid)
     order by holding.pid`,
    [id ?? null],
  )
  return rows.map(({ holder }) => holder)
}

/** The most sessions that `tableHolders` describes; others usually hold their locks for an instant. */
const maxHolders = 3

/**
 * The sessions in a transaction that holds tables of `log` or `read`, the oldest first: name, process,
 * address, and for how long. PostgreSQL does not report which session a timed-out lock request waited for.
 */
export async function tableHolders(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ holder: string }>(
    `select format('%s (process %s of the database, %s%s)',
       coalesce(nullif(a.application_name, ''), nullif(a.backend_type, 'client backend'),
         'an unnamed session'),
       holding.pid, ${origin},
       ', for ' || extract(epoch from clock_timestamp() - a.xact_start)::int || ' s') as holder
     from (
       select distinct l.pid
       from pg_locks l
       join pg_class c on c.oid = l.relation
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('log', 'read') and l.granted and l.pid <> pg_backend_pid()
         and l.database = (select oid from pg_database where datname = current_database())
     ) holding
     left join pg_stat_activity a using (pid)
     order by a.xact_start nulls last
     limit $1`,
    [maxHolders],
  )
  return rows.map(({ holder }) => holder)
}
