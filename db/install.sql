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
end
$$;

-- The rights of the service role: it reads log and read, and writes through log.append alone, but for
-- the counts that limit somebody, which are no events. Who could call a projection could forge rows
-- without an event. Casts are pure, and a view's functions are called with its reader's rights.
create or replace procedure engine.grant_rights()
language plpgsql
as $$
declare
  v_cast regprocedure;
begin
  revoke execute on all routines in schema log, read, engine, limits from public;
  if to_regrole('epistle_service') is null then
    return;
  end if;
  grant usage on schema log, read to epistle_service;
  grant select on all tables in schema log, read to epistle_service;
  grant execute on function log.append(jsonb) to epistle_service;
  grant usage on schema limits to epistle_service;
  grant select, insert, update, delete on limits.counts to epistle_service;
  grant select on limits.secret to epistle_service;
  for v_cast in
    select p.oid from pg_proc p join log.event_types t on t.type = p.proname
    where p.pronamespace = 'log'::regnamespace
      and p.prorettype = to_regtype(format('log.%I', t.type))
  loop
    execute format('grant execute on function %s to epistle_service', v_cast);
  end loop;
end
$$;
