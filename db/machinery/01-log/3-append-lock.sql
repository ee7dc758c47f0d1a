-- The append lock: one transaction at a time writes to the log, from its first insert to its end.
--
-- Promises that every header is written under the lock and read committed, also one in plain SQL:
-- a trigger of log.events takes the lock (7-header-guard.sql). Lock the event tables first.

-- An older snapshot than the lock would not show what the previous holder wrote, so the isolation level
-- must be read committed. An idle holder would block every writer, so idling is limited to 5 seconds.
create or replace function log.take_append_lock() returns void
language plpgsql
as $$
declare
  v_void text;  -- assigned instead of performed: an expression needs no executor, at a tenth of the cost
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using errcode = 'LG001',
      message = format('the log cannot be written under %s', current_setting('transaction_isolation')),
      hint = 'Begin the transaction with isolation level read committed.';
  end if;
  if current_setting('idle_in_transaction_session_timeout')::interval
      not between interval '1 millisecond' and interval '5 seconds' then
    v_void := set_config('idle_in_transaction_session_timeout', '5s', true);
  end if;
  v_void := pg_advisory_xact_lock(17744, 0);  -- 'EP' in ASCII, and 0: the append lock
  -- An append (02-append) sets its mark after this call, so one that is there now is left from another transaction, or
  -- forged: the service role may have log.forget_left insert as the owner. Only log.append's own mark, 'on', which the
  -- guards know, stays for the later calls in its transaction.
  v_void := case when current_setting('epistle.append_lock', true) is distinct from pg_current_xact_id()::text
      then set_config('epistle.append_lock', pg_current_xact_id()::text, true)
        || set_config('epistle.appending', '', true)
    when current_setting('epistle.appending', true) = pg_current_xact_id()::text
      then set_config('epistle.appending', '', true) end;
end
$$;
comment on function log.take_append_lock() is
  'Waits until this transaction alone may append. Lock the event tables first.';

-- Whether this transaction has yet to take the lock: the condition of the trigger that takes it before positions
-- are drawn. The setting has the id of the transaction that holds the lock. A rollback to a savepoint releases the
-- lock and restores the setting. A session can forge the setting, so the header guard takes the lock once more.
--
-- PostgreSQL reads and plans the condition of a trigger at each insert, so it is a call without arguments, the
-- shortest there is. A function in SQL would be parsed at each insert, too; the text of one in plpgsql is kept.
create or replace function log.lacks_append_lock() returns boolean
language plpgsql stable
as $$
begin
  return current_setting('epistle.append_lock', true) is distinct from pg_current_xact_id()::text;
end
$$;

-- The function of that trigger.
create or replace function log.lock_appends() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
declare
  v_void text := log.take_append_lock();
begin
  return null;
end
$$;
