-- Tasks: work that follows from an event and belongs to no read table, such as a mail or a command for
-- another aggregate. `epistle work` runs them.
--
-- Promises: a task is enqueued in the transaction of its event, both or neither.

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
  last_error text,
  given_up_at timestamptz
);
comment on table work.tasks is
  'Tasks of process managers that are not finished. process is the name of the process manager; cause is '
  'the event, null if the task was requested directly. A worker keeps the row of its task locked, so a '
  'worker that dies releases it. A finished task is deleted. One that was given up is due at infinity.';
-- "create index if not exists" would lock the table even if the index exists, and every append that
-- enqueues a task would wait until the machinery is installed.
do $$
begin
  if to_regclass('work.tasks_due') is null then
    create index tasks_due on work.tasks (due_at);
  end if;
end
$$;

-- The statements that make the indexes which the table still lacks. They lock out every append that enqueues a task, so
-- install runs them last. tasks_failed keeps the status of a service with a long backlog cheap, and pages through it.
create or replace function work.missing_indexes() returns setof text
language sql stable
as $$
  select 'create index tasks_failed on work.tasks (asked_at, id) where attempts > 0'
  where to_regclass('work.tasks_failed') is null
$$;

-- The function of a process manager calls this for an event. Put only ids into the data: the worker looks
-- up what is current when it runs the task.
create or replace function work.add(p_process text, p_position bigint, p_data jsonb) returns void
language sql set search_path = work, log, pg_temp
as $$
  insert into tasks (process, cause, data)
  select p_process, id, p_data from events where position = p_position
$$;

-- The same for a task that is due later. No worker takes it before.
create or replace function work.add_at(p_process text, p_position bigint, p_data jsonb, p_due_at timestamptz)
returns void
language sql set search_path = work, log, pg_temp
as $$
  insert into tasks (process, cause, data, due_at)
  select p_process, id, p_data, p_due_at from events where position = p_position
$$;
