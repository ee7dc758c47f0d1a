-- Append-only: tables of the log accept inserts alone.
--
-- Promises that no update, delete or truncate succeeds, also for the owner and under
-- session_replication_role = replica: only altering the tables gets past these triggers. Exceptions are the updates
-- by which log.forget blanks personal data (05-erasure/2-forget.sql), and the rows that the header guard deletes in
-- log.header_checks as soon as it has inserted them (9-lone-headers.sql).

-- Whether an update belongs to an erasure of this transaction. Only a role that may update the tables, the owner,
-- could make use of a forged setting.
create or replace function log.is_erasing(p_table name) returns boolean
language sql stable set search_path = log, pg_temp
as $$
  select current_setting('epistle.erasing', true) = pg_current_xact_id()::text
    and (p_table = 'events' or exists (select from personal_columns where event_type = p_table))
$$;

create or replace function log.refuse_change() returns trigger
language plpgsql
as $$
begin
  if lower(tg_op collate "C") = 'update' and log.is_erasing(tg_table_name) then
    return null;
  end if;
  raise exception using errcode = 'LG002',
    message = format('%s.%s is append-only: %s refused', tg_table_schema, tg_table_name, tg_op),
    hint = 'The log is never changed. Append an event that corrects what happened, or erase the personal data '
      'of a user with `epistle forget`.';
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
