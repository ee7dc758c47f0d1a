-- Objects: the triggers, constraints and unique indexes of every table as install made them, the generated
-- functions of event tables and the conditions of their triggers, and what deviates.
--
-- Promises to find what was dropped, disabled, replaced or added by hand: triggers, constraints, unique
-- indexes, rules, children by inheritance, row level security, and the texts of those functions. Leaves the
-- repair to install.

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

create table if not exists engine.functions (
  name text constraint functions_pkey primary key,
  relation text not null,
  body text not null,
  definition text not null
);
comment on table engine.functions is
  'The generated functions of each event table (relation), and the conditions of triggers, with relation log.events: '
  'body is what runs, definition the statement that makes the function again.';

-- Records a function of schema log that was just made for an event table or log.events. What was changed by hand is
-- found by its body, which every major version of PostgreSQL writes in the same way.
create or replace procedure engine.record_function(p_name text, p_type text)
language sql set search_path = pg_catalog
as $$
  insert into engine.functions
    select proname, format('log.%I', p_type), prosrc, pg_get_functiondef(oid)
        || format('; revoke execute on function %1$s from public; comment on function %1$s is %2$L',
          oid::regprocedure, obj_description(oid, 'pg_proc'))
      from pg_proc
    where pronamespace = 'log'::regnamespace and proname = p_name
  on conflict on constraint functions_pkey
    do update set body = excluded.body, definition = excluded.definition
$$;

-- Whether this major version of PostgreSQL wrote the recorded definitions.
create or replace function engine.compares_definitions() returns boolean
language sql stable
as $$
  select not exists (select from engine.objects where kind = 'server'
    and definition <> (current_setting('server_version_num')::int / 10000)::text)
$$;

-- The part of a definition to compare: all of it or, where another major version wrote it, only whether a
-- trigger fires, which is in words of our own.
create or replace function engine.comparable(p_definition text) returns text
language sql stable
as $$
  select case when engine.compares_definitions() then p_definition
    else coalesce(substring(p_definition from '; (alter table [^;]* trigger [^;]*)$'), '') end
$$;

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

-- What must be there now: nothing of a read table that is not live.
create or replace function engine.expected_objects()
returns table (kind text, relation text, name text, definition text)
language sql stable
as $$
  select o.kind, o.relation, o.name, o.definition
  from engine.objects o
  -- PostgreSQL 15 refuses an empty name.
  join pg_class c on c.oid = to_regclass(nullif(o.relation, '')) and c.relkind in ('r', 'p')
  where (o.relation not like 'read.%' or o.relation = 'read.tables' or exists (
      select from read.tables t where t.state = 'live' and o.relation = format('read.%I', t.name)))
$$;

-- What is not as install made it: change is missing, changed or added. A trigger that enqueues tasks and is
-- not recorded yet belongs to an install that was interrupted.
create or replace function engine.deviations()
returns table (kind text, relation text, name text, change text, definition text)
language sql stable
as $$
  select kind, relation, name,
    case when p.definition is null then 'missing' when e.definition is null then 'added' else 'changed' end,
    e.definition
  from engine.expected_objects() e full join engine.present_objects() p using (kind, relation, name)
  where (e.definition is null or p.definition is null
      or engine.comparable(e.definition) <> engine.comparable(p.definition))
    and (e.definition is not null or relation in (select o.relation from engine.objects o)
      and p.definition !~ 'EXECUTE FUNCTION work\.')
  union all
  select 'function', f.relation, f.name, case when p.oid is null then 'missing' else 'changed' end,
    f.definition
  from engine.functions f
  left join pg_proc p on p.pronamespace = 'log'::regnamespace and p.proname = f.name
  where p.prosrc is distinct from f.body
  order by relation, kind, name
$$;

-- Records what a new machinery changed. `p_before` is engine.present_objects() before it, as an array of
-- objects; what was changed by hand before stays as it is recorded. Records nothing until the first install has
-- come to its end.
create or replace procedure engine.record_changes(p_before jsonb)
language plpgsql
as $$
begin
  if not exists (select from engine.objects) then
    return;
  end if;
  delete from engine.objects o using (
    select * from jsonb_to_recordset(p_before) as b (kind text, relation text, name text, definition text)
    except select * from engine.present_objects()) gone
  where (o.kind, o.relation, o.name) = (gone.kind, gone.relation, gone.name);
  insert into engine.objects
  select * from (
    select * from engine.present_objects() except
    select * from jsonb_to_recordset(p_before) as b (kind text, relation text, name text, definition text)
  ) made where made.kind in ('trigger', 'constraint', 'index')
  on conflict on constraint objects_pkey do update set definition = excluded.definition;
end
$$;

-- Records what is new, at the end of an install; with another major version of PostgreSQL, also how it writes
-- what is as install made it. A disabled trigger is recorded as one that must fire. It writes only where something is
-- new: an install that changes nothing must succeed in read-only transactions.
create or replace procedure engine.record_objects()
language plpgsql
as $$
declare
  v record;
begin
  if not engine.compares_definitions() then
    update engine.objects o set definition = p.definition from engine.present_objects() p
    where (o.kind, o.relation, o.name) = (p.kind, p.relation, p.name)
      and engine.comparable(o.definition) = engine.comparable(p.definition);
  end if;
  for v in
    select * from (
      select 'server' as kind, '' as relation, '' as name,
        (current_setting('server_version_num')::int / 10000)::text as definition
      union all
      select p.kind, p.relation, p.name, regexp_replace(p.definition,
        '; (alter table [^;]*) disable (trigger [^;]*)$',
        case when p.relation like 'log.%' then '; \1 enable always \2' else '; \1 enable \2' end)
      from engine.present_objects() p where p.kind in ('trigger', 'constraint', 'index')
    ) found
    where not exists (
      select from engine.objects o
      where (o.kind, o.relation, o.name) = (found.kind, found.relation, found.name)
        and (o.kind <> 'server' or o.definition = found.definition))
  loop
    insert into engine.objects values (v.kind, v.relation, v.name, v.definition)
    on conflict on constraint objects_pkey do update set definition = excluded.definition;
  end loop;
end
$$;
