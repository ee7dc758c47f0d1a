/**
 * Holders: who holds a lease, named so that an operator finds him.
 */

import type { ClientBase } from 'pg'

/** Name, process and address of each session that holds the lease of a read table, by its id. */
export async function leaseHolders(client: ClientBase, id: number): Promise<string[]> {
  const { rows } = await client.query<{ holder: string }>(
    `select format('%s (process %s of the database, %s)',
       coalesce(nullif(a.application_name, ''), 'a server'), l.pid,
       case
         when a.client_addr is not null then 'from ' || host(a.client_addr)
         when a.client_port = -1 then 'local'
         else 'from where, pg_read_all_stats may see'
       end) as holder
     from pg_locks l left join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.classid = 17745 and l.objid = $1 and l.objsubid = 2
       and l.database = (select oid from pg_database where datname = current_database())
       and l.granted and l.pid <> pg_backend_pid()
     order by l.pid`,
    [id],
  )
  return rows.map(({ holder }) => holder)
}
