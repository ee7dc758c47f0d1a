-- Append-only: tables of the log accept inserts alone.
--
-- Promises that no update, delete or truncate succeeds, also for the owner and under
-- session_replication_role = replica: only altering the tables gets past these triggers.

create or replace function log.refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception using errcode = 'LG002',
    message = format('%s.%s is append-only: %s refused', tg_table_schema, tg_table_name, tg_op),
    hint = 'The log is never changed. Append an event that corrects what happened.';
end
$$;

-- Makes every trigger of a table fire always. Trigger names sort in the order in which they must fire.
create or replace procedure log.make_append_only(p_table regclass)
language plpgsql
as $$
declare
  v_trigger text;
begin
  execute format(
    'create or replace trigger "00_append_only" before update or delete or truncate on %s '
    'for each statement execute function log.refuse_change()', p_table);
  for v_trigger in
    select tgname from pg_trigger where tgrelid = p_table and not tgisinternal and tgenabled <> 'A'
  loop
    execute format('alter table %s enable always trigger %I', p_table, v_trigger);
  end loop;
end
$$;
