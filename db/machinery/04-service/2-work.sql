-- Work: what is to be done because something happened, and is no part of any read table: a mail, or
-- a command of another domain. Enqueued by a trigger in the transaction of the event, done by
-- `epistle work`.
--
-- Promises: whoever writes an event enqueues its work with it, both or neither; an old release that
-- writes an older event, too, by casts. Only a live insert fires the trigger: no build, replay,
-- verify, rebuild or new release ever does anything a second time. Uses engine.sql and
-- projections.sql. Idempotent, as log.sql.

create schema if not exists work;
revoke all on schema work from public;

create table if not exists work.tasks (
  id uuid constraint tasks_pkey primary key default gen_random_uuid(),
  process text not null,
  cause uuid,
  data jsonb not null default '{}',
  asked_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null default clock_timestamp(),
  attempts int not null default 0,
  last_error text
);
comment on table work.tasks is
  'What processes have still to do: cause is the event, null where somebody asked. Who works on '
  'a task holds its row locked, so that a worker that dies lets go of it; done, it is deleted.';
-- Asked for "if not exists" it would lock the table all the same, and whoever appends what enqueues
-- work would wait until the machinery is whole.
do $$
begin
  if to_regclass('work.tasks_due') is null then
    create index tasks_due on work.tasks (due_at);
  end if;
end
$$;

-- A process's function calls this for an event. What it is about goes into data as ids alone: the
-- worker looks up what is true when it comes to it.
create or replace function work.add(p_process text, p_position bigint, p_data jsonb) returns void
language sql set search_path = work, log, pg_temp
as $$
  insert into tasks (process, cause, data)
  select p_process, id, p_data from events where position = p_position
$$;

-- How events reach processes: a release brings functions work.<process>_on(event log.<type>), and of
-- each process only the newest version counts. Found as projections are, casts included.
create or replace function engine.reactions()
returns table (process text, event_type text, fault text)
language sql stable
as $$
  with processes as (
    select distinct on (engine.family_of(name)) name
    from (
      select substring(proname from '^(.*_[0-9]+)_on$') as name from pg_proc
      where pronamespace = 'work'::regnamespace) functions
    where name is not null
    order by engine.family_of(name), engine.release_of(name) desc
  )
  select p.name, c.event_type, c.fault
  from processes p cross join lateral engine.cells(p.name, 'work') c
  -- What a process does not name means nothing to it, unless it is a new version of what it names.
  where c.kind not in ('none', 'ignored')
    or c.fault is not null and engine.release_of(c.event_type) > engine.release_of(p.name)
$$;

-- The functions of all triggers that enqueue; of an event that no process names any more, one that
-- does nothing.
create or replace procedure engine.make_reactions()
language plpgsql
as $outer$
declare
  v record;
begin
  for v in
    select t.type, (
        select string_agg(engine.projection_block(r.process, 'work', t.type,
          'select * from appended order by position'), E'\n' order by r.process)
        from engine.reactions() r where r.event_type = t.type) as blocks
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
        v_done bigint;
      begin
        %2$s
        return null;
      end
      $body$ $create$, v.type || '_work', v.blocks);
    execute format('revoke execute on function work.%I() from public', v.type || '_work');
  end loop;
end
$outer$;

-- Lets events of one type enqueue work. Takes SHARE ROW EXCLUSIVE on the event table, nothing else.
-- The name sorts behind those of the read tables: what they refuse is not to be done.
create or replace procedure engine.attach_work(p_event text)
language plpgsql
as $$
begin
  execute format('create or replace trigger "99_work" after insert on log.%I '
    'referencing new table as appended for each statement execute function work.%I()',
    p_event, p_event || '_work');
  execute format('alter table log.%I enable always trigger "99_work"', p_event);
end
$$;
