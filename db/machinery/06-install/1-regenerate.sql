-- Regenerate: makes again everything that was generated from the text of the machinery.
--
-- Install calls it when that text has changed, so that an append never runs an older text than a
-- replay. It locks no table and no view; install replaces the views of streams afterwards (5-streams.sql).

create or replace procedure engine.regenerate_all()
language plpgsql
as $$
declare
  v record;
  v_tables text[];
begin
  for v in select type, stream_column from log.event_types loop
    call log.make_guard(v.type, v.stream_column);
    call engine.make_project(v.type);
    call log.make_append_of_type(v.type, v.stream_column);
  end loop;
  call engine.record_function('is_guarded', 'events');
  call engine.record_function('lacks_append_lock', 'events');
  call log.make_rows();
  v_tables := array(select name from read.tables where state in ('building', 'live'));
  call engine.make_replays(v_tables, 'read');
  call engine.make_expectations();
  call engine.make_task_triggers();
end
$$;

-- The tables of the log whose triggers an older machinery made. It wrote their conditions out, which made each
-- insert slower, and had each session read the condition of the trigger that requires the row of a header.
create or replace function engine.outdated_triggers() returns setof text
language sql stable
as $$
  select distinct c.relname::text
  from pg_trigger t join pg_class c on c.oid = t.tgrelid
  where c.relnamespace = 'log'::regnamespace
    and (t.tgname in ('00_guard', '00_append_lock') and pg_get_triggerdef(t.oid) ~ 'current_setting'
      or t.tgname = '00_row' and c.relname = 'events' and t.tgenabled = 'A')
  order by 1
$$;

-- Makes the triggers of such a table again. It locks the table in SHARE ROW EXCLUSIVE mode until the transaction
-- ends, so install calls it for one table in each short transaction. Until then, the triggers do the same. A
-- transaction that inserted a header before has the table locked, and the trigger that it began with; one that
-- inserts later finds the guard that checks headers at commit.
create or replace procedure engine.renew_triggers(p_table text)
language plpgsql
as $$
begin
  update engine.objects set definition = regexp_replace(definition, ' WHEN \(.*\) EXECUTE ', case name
    when '00_guard' then ' WHEN (log.is_guarded()) EXECUTE ' else ' WHEN (log.lacks_append_lock()) EXECUTE ' end)
  where kind = 'trigger' and relation = format('log.%I', p_table) and name in ('00_guard', '00_append_lock');
  if p_table = 'events' then
    update engine.objects set definition = replace(definition, ' enable always trigger ', ' enable replica trigger ')
    where kind = 'trigger' and relation = 'log.events' and name = '00_row';
    call log.make_header_triggers();
    alter table log.events enable replica trigger "00_row";
  else
    call log.make_row_guard(p_table);
  end if;
end
$$;
