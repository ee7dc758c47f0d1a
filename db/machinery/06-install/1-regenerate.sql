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
  call log.make_rows();
  v_tables := array(select name from read.tables where state in ('building', 'live'));
  call engine.make_replays(v_tables, 'read');
  call engine.make_expectations();
  call engine.make_task_triggers();
end
$$;
