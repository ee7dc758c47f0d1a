/**
 * Strong locks: refuses files of a release that lock tables or views in use so that writers or readers
 * would wait until the whole release is declared, such as `alter table` or `create index`.
 */

import type { ClientBase } from 'pg'

/** The relations that exist now, for `findStrongLocks`. */
export async function relationsInUse(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ oids: string[] }>(
    'select array_agg(oid::text) as oids from pg_class',
  )
  return rows[0]?.oids ?? []
}

/** One line for each of the relations that the transaction has locked against writers or readers. */
export async function findStrongLocks(
  client: ClientBase,
  relations: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ refusal: string }>(
    `select format('a file of the release takes a lock on %I.%I (%s), which is in use; it may only create ' ||
       'tables and functions, and refer to read tables without naming their schema',
       n.nspname, c.relname, string_agg(distinct l.mode, ', ')) as refusal
     from pg_locks l
     join pg_class c on c.oid = l.relation
     join pg_namespace n on n.oid = c.relnamespace
     where l.pid = pg_backend_pid() and l.locktype = 'relation'
       and l.database = (select oid from pg_database where datname = current_database())
       and n.nspname not in ('pg_catalog', 'pg_toast') and l.relation = any ($1::oid[])
       and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
     group by n.nspname, c.relname
     order by 1`,
    [relations],
  )
  return rows.map(({ refusal }) => refusal)
}
