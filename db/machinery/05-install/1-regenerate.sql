-- Regenerate: makes again everything that was generated from the text of the machinery.
--
-- Install calls it when that text has changed, so that a live trigger never runs an older text than a
-- replay. It locks no table and no view; install replaces the views of streams afterwards (5-streams.sql).

create or replace procedure engine.regenerate_all()
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
    call engine.make_projection_trigger(v.name, v.event_type);
  end loop;
  for v in select name from read.tables where state in ('building', 'live') loop
    call engine.make_replay(v.name, 'read');
  end loop;
  call engine.make_expectations();
  call engine.make_task_triggers();
end
$$;
