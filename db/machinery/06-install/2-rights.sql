-- Rights: what the service role may do. Install grants them after the machinery or a release has changed.
--
-- The service reads schemas log and read, and writes to the log through log.append, log.append_<type> and
-- log.append1_<type>. It erases the users who left through log.forget_left. It also counts in limits, records uses of sessions and devices, and its
-- readers, keeps the tokens that end sessions, and adds, claims, delays and deletes tasks, but does not rewrite them.
-- It moves the cursors of webhooks and disables them, but adds none, and changes neither address, scope nor secret.
-- It records acts of operators, whose time and number the database chooses, and the progress of their jobs.
-- It reads tables as of a position through log.rows_as_of and log.compare_as_of, which leave nothing behind.
-- It may not call a projection, which would write rows without an event. It may call casts: they are pure, and the
-- functions of a view run with the rights of its reader. No other role but the owner may do anything, except that the
-- conditions of the triggers of the log run with the rights of the role that inserts: the owner can let a role insert.
--
-- Grants only what is missing: to repeat a grant makes every session that writes plan and compile again, and
-- for some hundred milliseconds each of their commands takes three times as long.

create or replace procedure engine.grant_rights()
language plpgsql
as $$
declare
  v_statement text;
  v_conditions constant oid[] := '{log.is_guarded(),log.lacks_append_lock()}'::regprocedure[];
begin
  for v_statement in
    select format('revoke execute on routine %s from public', p.oid::regprocedure)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('log', 'read', 'engine', 'limits', 'sessions', 'work')
      and has_function_privilege('public', p.oid, 'execute') and p.oid <> all (v_conditions)
    union all
    select format('grant execute on function %s to public', p.oid::regprocedure)
    from pg_proc p
    where p.oid = any (v_conditions)
      and (p.proacl is null or not has_function_privilege('public', p.oid, 'execute'))
  loop
    execute v_statement;
  end loop;
  if to_regrole('epistle_service') is null then
    return;
  end if;
  for v_statement in
    select format('grant usage on schema %s to epistle_service', name)
    from unnest('{log,read,limits,sessions,work}'::text[]) name
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
      select 'sessions.uses'::regclass, unnest('{select,insert,update,delete}'::text[])
      union all
      select 'sessions.devices'::regclass, unnest('{select,update}'::text[])
      union all
      select 'sessions.revocation_tokens'::regclass, unnest('{select,insert,update,delete}'::text[])
      union all
      select 'work.tasks'::regclass, unnest('{select,delete}'::text[])
      union all
      select unnest('{work.acts,work.act_results,work.job_lines,work.job_progress}'::regclass[]), 'select'
      union all
      select 'work.readers'::regclass, unnest('{select,insert,update,delete}'::text[])
      union all
      select unnest('{work.verifications,work.differences}'::regclass[]), 'select'
      union all
      select 'work.webhooks'::regclass, 'select'
    ) wanted (name, privilege)
    where not has_table_privilege('epistle_service', name, privilege)
    union all
    select format('grant %s (%I) on %s to epistle_service', privilege, name, relation::regclass)
    from (
      select 'work.tasks', 'insert', unnest('{process,data}'::text[])
      union all
      select 'work.tasks', 'update', unnest('{due_at,attempts,last_error,given_up_at}'::text[])
      union all
      select 'work.webhooks', 'update', unnest('{position,attempted_at,due_at,attempts,failing_since}'::text[])
      union all
      select 'work.webhooks', 'update', unnest('{last_error,disabled_at,disabled_because}'::text[])
      union all
      select 'work.acts', 'insert', unnest('{actor,act,subject,arguments}'::text[])
      union all
      select 'work.act_results', 'insert', unnest('{act_id,outcome,detail,result}'::text[])
      union all
      select 'work.job_lines', 'insert', unnest('{act_id,line,text}'::text[])
      union all
      select 'work.job_progress', 'insert', unnest('{act_id,done,total,unit,cancellable}'::text[])
      union all
      select 'work.job_progress', 'update', unnest('{done,total,unit,cancellable}'::text[])
    ) wanted (relation, privilege, name)
    where not has_column_privilege('epistle_service', relation, name, privilege)
    union all
    select format('grant execute on function %s to epistle_service', p.oid::regprocedure)
    from pg_proc p
    where p.pronamespace = 'log'::regnamespace
      and not has_function_privilege('epistle_service', p.oid, 'execute')
      and (p.oid in ('log.append(jsonb)'::regprocedure, 'log.forget_left(uuid,text[])'::regprocedure,
        'log.renew_statistics()'::regprocedure, 'log.matrix()'::regprocedure,
        'log.casts_of(text)'::regprocedure, 'log.standbys()'::regprocedure,
        'log.standby_name()'::regprocedure,
        'log.rows_as_of(text,bigint,text[],int,int)'::regprocedure,
        'log.compare_as_of(text,bigint,text[],boolean,text[],int,int)'::regprocedure) or exists (
        select from log.event_types t
        where t.type = p.proname and p.prorettype = to_regtype(format('log.%I', t.type))
          or p.proname in ('append_' || t.type, 'append1_' || t.type) and p.prorettype = 'jsonb'::regtype))
  loop
    execute v_statement;
  end loop;
end
$$;
