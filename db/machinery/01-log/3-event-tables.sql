-- Event tables: how a table of a release joins the log.
--
-- Promises that every row of it is guarded: appended under the lock, after a header of its own, never
-- changed. Uses log.sql and guards.sql, and rows.sql when it is called. Idempotent.

-- The guard of one event table, made from this text; install makes all anew when it has changed.
create or replace procedure log.make_guard(p_type text, p_stream text)
language plpgsql
as $outer$
begin
  execute format($create$
    create or replace function log.%1$I() returns trigger
    language plpgsql security definer set search_path = log, pg_temp
    as $body$
    declare
      v_rows bigint;
      v_with_header bigint;
      v_first bigint;
      v_last bigint;
      v_done text;
    begin
      -- Looked up one by one, never joined: a connection keeps its plan, and the join that suits a
      -- large batch reads the whole log for every single event after it.
      select count(*), count((
          select h.position from log.events h
          where h.position = r.position and h.type = %2$L
            and h.stream_id = r.%3$I and h.recorded_at = r.recorded_at)),
          min(r.position), max(r.position)
        into v_rows, v_with_header, v_first, v_last
        from appended r;
      v_done := log.advance(%2$L, v_rows, v_with_header, v_first, v_last);
      return null;
    end
    $body$ $create$, p_type || '_guard', p_type, p_stream);
  execute format('revoke execute on function log.%I() from public', p_type || '_guard');
end
$outer$;

-- An event table joins the log: its release's file calls this right after creating it.
create or replace procedure log.event_table(p_type text, aggregate text, stream text)
language plpgsql
as $outer$
declare
  v_table regclass := to_regclass(format('log.%I', p_type));
  v_release int := substring(p_type from '_([0-9]+)$')::int;
begin
  if v_table is null or v_release is null then
    raise exception 'log.% is no table, or its name has no release', p_type;
  end if;
  -- PostgreSQL cuts names at 63 bytes without a word.
  if octet_length(p_type || '_guard') > 63 then
    raise exception 'the name log.% is too long: 57 bytes are possible', p_type;
  end if;
  if not exists (
      select from pg_constraint c join pg_attribute a
        on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
      where c.conrelid = v_table and c.contype = 'p' and a.attname = 'position') then
    raise exception 'log.% must have "position bigint primary key"', p_type;
  end if;
  insert into log.event_types (type, release, aggregate, stream_column)
  values (p_type, v_release, event_table.aggregate, event_table.stream);

  call log.make_guard(p_type, stream);
  call log.make_rows();
  execute format('create trigger "00_guard" after insert on %s referencing new table as appended '
    'for each statement execute function log.%I()', v_table, p_type || '_guard');
  execute format('create trigger "00_header" before insert on %s for each row '
    'when (new.position is null) execute function log.write_header(%L)', v_table, stream);
  execute format('create trigger "00_recorded_at" before insert on %s for each row '
    'when (new.position is not null and new.recorded_at is null) '
    'execute function log.copy_recorded_at()', v_table);
  call log.protect(v_table, true);
end
$outer$;
comment on procedure log.event_table(text, text, text) is
  'Makes a table of schema log an event table: declares its aggregate and the column that names '
  'its stream, and puts the triggers on it.';
