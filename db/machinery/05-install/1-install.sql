-- Install: what is done after the machinery has changed, and after a release is declared.
-- Idempotent, as log.sql.

-- Makes everything anew that was generated from the machinery's text, so that a live trigger never
-- runs an older text than a replay. Takes no lock on a table; on views, for a moment.
create or replace procedure engine.remake()
language plpgsql
as $$
declare
  v record;
begin
  for v in select type, stream_column from log.event_types loop
    call log.make_guard(v.type, v.stream_column);
  end loop;
  call log.make_rows();
  for v in
    select t.name, c.event_type
    from read.tables t cross join lateral engine.cells(t.name) c
    where t.state in ('building', 'live') and c.kind not in ('ignored', 'none')
  loop
    call engine.make_cell(v.name, v.event_type);
  end loop;
  for v in select name from read.tables where state in ('building', 'live') loop
    call engine.make_replay(v.name, 'read');
  end loop;
  call engine.make_stream_views();
  call engine.make_reactions();
end
$$;

-- The rights of the service role: it reads log and read, and writes through log.append alone, but for
-- the counts that limit somebody and for tasks, which it may ask for, take, put off and end, not rewrite.
-- Who could call a projection could forge rows without an event. Casts are pure, and a view's functions
-- are called with its reader's rights.
--
-- Says only what is not so yet: to grant what is granted already makes every session that writes plan
-- and compile anew, and for some hundred milliseconds each of its commands takes thrice as long.
create or replace procedure engine.grant_rights()
language plpgsql
as $$
declare
  v_statement text;
begin
  for v_statement in
    select format('revoke execute on routine %s from public', p.oid::regprocedure)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('log', 'read', 'engine', 'limits', 'work')
      and has_function_privilege('public', p.oid, 'execute')
  loop
    execute v_statement;
  end loop;
  if to_regrole('epistle_service') is null then
    return;
  end if;
  for v_statement in
    select format('grant usage on schema %s to epistle_service', name)
    from unnest('{log,read,limits,work}'::text[]) name
    where not has_schema_privilege('epistle_service', name, 'usage')
    union all
    select format('grant %s on %s to epistle_service', privilege, name::regclass)
    from (
      select c.oid, 'select'
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('log', 'read') and c.relkind in ('r', 'v')
      union all
      select 'limits.counts'::regclass, unnest('{select,insert,update,delete}'::text[])
      union all
      select 'limits.secret'::regclass, 'select'
      union all
      select 'work.tasks'::regclass, unnest('{select,delete}'::text[])
    ) wanted (name, privilege)
    where not has_table_privilege('epistle_service', name, privilege)
    union all
    select format('grant %s (%I) on work.tasks to epistle_service', privilege, name)
    from (
      select 'insert', unnest('{process,data}'::text[])
      union all
      select 'update', unnest('{due_at,attempts,last_error}'::text[])
    ) wanted (privilege, name)
    where not has_column_privilege('epistle_service', 'work.tasks', name, privilege)
    union all
    select format('grant execute on function %s to epistle_service', p.oid::regprocedure)
    from pg_proc p
    where p.pronamespace = 'log'::regnamespace
      and not has_function_privilege('epistle_service', p.oid, 'execute')
      and (p.oid = 'log.append(jsonb)'::regprocedure or exists (
        select from log.event_types t
        where t.type = p.proname and p.prorettype = to_regtype(format('log.%I', t.type))))
  loop
    execute v_statement;
  end loop;
end
$$;
