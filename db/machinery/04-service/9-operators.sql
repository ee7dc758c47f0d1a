-- Acts of operators on the admin port and on the command line: the list by which each is accountable, and what became
-- of it.
--
-- What operators do to users is an event as well, with the same actor. Maintenance changes no fact, and so is no
-- event; it is recorded here alone. An act is recorded before it begins, and its result afterwards, so the act of a
-- server that died has none. A job is an act that takes long. It reports what it does in work.job_lines and how far it
-- is in work.job_progress, and its session holds a lock of its id, which shows to all servers that it lives. An operator
-- who cancels a job adds an act, and the server of the job looks for it (src/admin/jobs/).
--
-- Promises that no row but those of the progress is ever changed or deleted. The rows contain no personal data but the
-- name of the operator.

do $$
begin
  if to_regclass('work.acts') is not null then
    return;
  end if;
  create table work.acts (
    id bigint generated always as identity constraint acts_pkey primary key,
    at timestamptz not null default clock_timestamp(),
    actor text not null constraint acts_actor_check check (length(actor) between 1 and 100),
    act text not null,
    subject text,
    arguments jsonb not null default '{}'
  );
  comment on table work.acts is
    'What operators asked for on the admin port or the command line, recorded before it began. subject is the id of '
    'the user, report or event, or the name of the table or webhook that it is about.';
  create table work.act_results (
    act_id bigint constraint act_results_pkey primary key references work.acts,
    at timestamptz not null default clock_timestamp(),
    outcome text not null constraint act_results_outcome_check
      check (outcome in ('done', 'refused', 'failed', 'stopped')),
    detail text,
    result jsonb not null default 'null'
  );
  comment on table work.act_results is
    'What became of each act. The act of a server or command that died has no row.';
  create table work.job_lines (
    act_id bigint not null references work.acts,
    line int not null,
    at timestamptz not null default clock_timestamp(),
    text text not null,
    constraint job_lines_pkey primary key (act_id, line)
  );
  comment on table work.job_lines is 'What each job has reported while it ran.';
  call log.make_append_only('work.acts');
  call log.make_append_only('work.act_results');
  call log.make_append_only('work.job_lines');
end
$$;

-- Later than the tables above, so a database that has those gets this one, too.
do $$
begin
  if to_regclass('work.job_progress') is not null then
    return;
  end if;
  create table work.job_progress (
    act_id bigint constraint job_progress_pkey primary key references work.acts,
    done bigint,
    total bigint,
    unit text constraint job_progress_unit_check check (unit in ('positions', 'rows', 'tables')),
    cancellable boolean not null
  ) with (fillfactor = 50);
  comment on table work.job_progress is
    'How far each job is in the step that it runs, where it can count that, and whether it can be cancelled now. It is '
    'overwritten while the job runs, and no record of what was done.';
  alter table work.act_results drop constraint act_results_outcome_check;
  alter table work.act_results add constraint act_results_outcome_check
    check (outcome in ('done', 'refused', 'failed', 'stopped', 'cancelled'));
end
$$;

-- The first machinery with this table had no unit for tables.
do $$
begin
  if (select pg_get_constraintdef(oid) !~ 'tables' from pg_constraint
      where conrelid = 'work.job_progress'::regclass and conname = 'job_progress_unit_check') then
    alter table work.job_progress drop constraint job_progress_unit_check;
    alter table work.job_progress add constraint job_progress_unit_check
      check (unit in ('positions', 'rows', 'tables'));
  end if;
end
$$;
