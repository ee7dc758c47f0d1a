// A snapshot of everything that an install could leave behind: objects, their texts, triggers, rights
// and the engine's own rows. Two equal snapshots mean that the install changed nothing.
import type { ClientBase } from 'pg'

export async function snapshotOf(client: ClientBase): Promise<unknown> {
  const { rows } = await client.query(`
    select
      (select jsonb_agg(c.oid::regclass::text || coalesce(c.relacl::text, '') order by c.oid)
       from pg_class c where c.relnamespace = any (ours)) as relations,
      (select jsonb_agg(p.oid::regprocedure::text || md5(p.prosrc) || coalesce(p.proacl::text, '')
         order by p.oid)
       from pg_proc p where p.pronamespace = any (ours)) as routines,
      (select jsonb_agg(pg_get_triggerdef(g.oid) || g.tgenabled::text order by g.oid)
       from pg_trigger g) as triggers,
      (select jsonb_agg(pg_get_constraintdef(c.oid) order by c.oid)
       from pg_constraint c where c.connamespace = any (ours)) as constraints,
      (select jsonb_agg(pg_get_viewdef(c.oid) order by c.oid)
       from pg_class c where c.relkind = 'v' and c.relnamespace = any (ours)) as views,
      (select jsonb_agg(to_jsonb(x) order by release) from log.releases x) as releases,
      (select jsonb_agg(to_jsonb(x) order by release, file) from log.release_files x) as files,
      (select jsonb_agg(to_jsonb(x) order by type) from log.event_types x) as "eventTypes",
      (select jsonb_agg(to_jsonb(x) order by name) from read.tables x) as "readTables",
      (select count(*) from log.events) as events
    from (select array_agg(oid) as ours from pg_namespace
          where nspname in ('log', 'read', 'engine', 'shadow', 'work')) namespaces`)
  return rows[0]
}
