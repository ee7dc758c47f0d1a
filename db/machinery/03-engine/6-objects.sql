-- Objects: the triggers, constraints and unique indexes of every table as install made them, and what deviates.
--
-- Promises to find what was dropped, disabled, replaced or added by hand: triggers, constraints, unique
-- indexes, rules, children by inheritance and row level security. Leaves the repair to install.

create table if not exists engine.objects (
  kind text not null,
  relation text not null,
  name text not null,
  definition text not null,
  constraint objects_pkey primary key (kind, relation, name)
);
comment on table engine.objects is
  'What install made on each table, as statements that make it again. PostgreSQL of another major version '
  'can write them differently, so its number is in the row of kind server.';

-- Definitions are complete statements: with pg_catalog as search_path, every name has its schema.
create or replace function engine.present_objects()
returns table (kind text, relation text, name text, definition text)
language sql stable set search_path = pg_catalog
as $$
  with tables as (
    select c.oid, format('%I.%I', n.nspname, c.relname) as relation,
      c.relrowsecurity or c.relforcerowsecurity as secured
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname in ('log', 'read', 'limits', 'work')
  )
  select 'trigger', t.relation, g.tgname::text, format('%s; alter table %s %s trigger %I',
    pg_get_triggerdef(g.oid), t.relation, case g.tgenabled when 'A' then 'enable always'
      when 'R' then 'enable replica' when 'D' then 'disable' else 'enable' end, g.tgname)
  from tables t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
  union all
  select 'constraint', t.relation, k.conname::text,
    format('alter table %s add constraint %I %s', t.relation, k.conname, pg_get_constraintdef(k.oid))
  from tables t join pg_constraint k on k.conrelid = t.oid where k.contype in ('c', 'f', 'p', 'u', 'x')
  union all
  select 'index', t.relation, c.relname::text, pg_get_indexdef(c.oid)
  from tables t join pg_index i on i.indrelid = t.oid and i.indisunique and i.indisvalid
  join pg_class c on c.oid = i.indexrelid
  where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype <> 'f')
  union all
  select 'rule', t.relation, r.rulename::text, ''
  from tables t join pg_rewrite r on r.ev_class = t.oid
  union all
  select 'child', t.relation, i.inhrelid::regclass::text, ''
  from tables t join pg_inherits i on i.inhparent = t.oid
  union all
  select 'security', t.relation, 'row level security', '' from tables t where t.secured
$$;

-- What must be there now: nothing of a read table that is not live, and no trigger that feeds one which is
-- neither live nor building.
create or replace function engine.expected_objects()
returns table (kind text, relation text, name text, definition text)
language sql stable
as $$
  select o.kind, o.relation, o.name, o.definition
  from engine.objects o join pg_class c on c.oid = to_regclass(o.relation) and c.relkind in ('r', 'p')
  where (o.relation not like 'read.%' or o.relation = 'read.tables' or exists (
      select from read.tables t where t.state = 'live' and o.relation = format('read.%I', t.name)))
    and (o.kind <> 'trigger' or o.name !~ '^[0-9]{2}_.*_[0-9]+_on_' or exists (
      select from read.tables t
      where t.state in ('building', 'live') and substring(o.name from '^[0-9]{2}_(.*)_on_') = t.name))
$$;

-- What is not as install made it: change is missing, changed or added. A generated trigger that is not
-- recorded yet belongs to an install that was interrupted.
create or replace function engine.deviations()
returns table (kind text, relation text, name text, change text, definition text)
language sql stable
as $$
  select kind, relation, name,
    case when p.definition is null then 'missing' when e.definition is null then 'added' else 'changed' end,
    e.definition
  from engine.expected_objects() e full join engine.present_objects() p using (kind, relation, name)
  where e.definition is distinct from p.definition
    and (e.definition is not null or relation in (select o.relation from engine.objects o)
      and p.definition !~ 'EXECUTE FUNCTION (read|work)\.')
    and exists (select from engine.objects o where o.kind = 'server'
      and o.definition = (current_setting('server_version_num')::int / 10000)::text)
  order by relation, kind, name
$$;

-- Records what is new. Install calls it at its end, after the repair at its beginning.
create or replace procedure engine.record_objects()
language plpgsql
as $$
declare
  v_server text := current_setting('server_version_num')::int / 10000;
begin
  if not exists (select from engine.objects o where o.kind = 'server' and o.definition = v_server) then
    delete from engine.objects;
    insert into engine.objects values ('server', '', '', v_server);
  end if;
  insert into engine.objects
  select * from engine.present_objects() p where p.kind in ('trigger', 'constraint', 'index')
  on conflict do nothing;
end
$$;
