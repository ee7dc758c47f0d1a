-- Process managers: which events enqueue tasks, and the triggers that do it.
--
-- A release brings functions work.<process manager>_on(event log.<type>); only the newest version of each
-- process manager counts. They are found as projections are, casts included, so an older event that an old
-- release writes enqueues the task as well.
-- Promises: only a live insert enqueues a task. A build, replay, verify, rebuild or new release never
-- repeats one.

create or replace function engine.process_managers()
returns table (process text, event_type text, path text[], takes_array boolean, fault text)
language sql stable
as $$
  with newest as (
    select distinct on (engine.family_of(name)) name
    from (
      select substring(proname from '^(.*_[0-9]+)_on$') as name from pg_proc
      where pronamespace = 'work'::regnamespace) functions
    where name is not null
    order by engine.family_of(name), engine.release_of(name) desc
  )
  select c.read_table, c.event_type, c.path, c.takes_array, c.fault
  from engine.cells_of(array(select name from newest), 'work') c
  -- A process manager ignores the events it does not name, except a newer version of one that it names.
  where c.kind not in ('none', 'ignored')
    or c.fault is not null and engine.release_of(c.event_type) > engine.release_of(c.read_table)
$$;

-- Makes the functions of all triggers that enqueue tasks. If no process manager names an event any longer,
-- its function does nothing.
create or replace procedure engine.make_task_triggers()
language plpgsql
as $outer$
declare
  v record;
begin
  for v in
    with managers as materialized (select * from engine.process_managers())
    select t.type, (
        select string_agg(engine.projection_block(r.process, t.type, r.path, r.takes_array,
          'select * from appended order by position'), E'\n' order by r.process)
        from managers r where r.event_type = t.type) as blocks
    from log.event_types t
  loop
    continue when v.blocks is null
      and to_regproc(format('work.%I', v.type || '_work')) is null;
    execute format($create$
      create or replace function work.%1$I() returns trigger
      language plpgsql security definer set search_path = work, log, pg_temp
      as $body$
      declare
        v_position bigint;
        v_count bigint;
      begin
        %2$s
        return null;
      end
      $body$ $create$, v.type || '_work', v.blocks);
    execute format('revoke execute on function work.%I() from public', v.type || '_work');
  end loop;
end
$outer$;

-- Puts the trigger on one event table. Takes SHARE ROW EXCLUSIVE on the event table, and no other lock.
-- Its name sorts after that of the guard, which projects. In appends of one type tasks are enqueued before the
-- event is projected; there, too, an event that a read table refuses leaves no task, since all of it is undone.
create or replace procedure engine.attach_task_trigger(p_event text)
language plpgsql
as $$
begin
  execute format('create or replace trigger "99_work" after insert on log.%I '
    'referencing new table as appended for each statement execute function work.%I()',
    p_event, p_event || '_work');
  execute format('alter table log.%I enable always trigger "99_work"', p_event);
  delete from engine.objects
    where kind = 'trigger' and relation = format('log.%I', p_event) and name = '99_work';
end
$$;
