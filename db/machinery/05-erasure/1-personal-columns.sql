-- Personal columns: which data of an event are about a person, and what takes their place after an erasure.
--
-- Promises that a release can declare every event type, also of earlier releases, that no event about a user is
-- accepted after the erasure of the user's data, and that the matrix finds each read table that projects personal data
-- and cannot follow an erasure (03-engine/2-matrix.sql). Leaves the erasure to log.forget.

create table if not exists log.personal_columns (
  event_type text constraint personal_columns_pkey primary key,
  person text not null,
  blanks jsonb not null
);
comment on table log.personal_columns is
  'What an erasure does to each event type: person is the SQL expression of the user that an event is about, mostly a '
  'column; blanks has for each personal column the SQL expression of the value that replaces it.';

-- A release's file calls this for each event type of its own, and for earlier types whose release did not. The
-- values must satisfy the constraints of the table. In a replay of the log they must also satisfy those of every
-- read table, up to the event of the erasure: where a value is unique, the expression makes one that no other user
-- has or can choose, from the id, the position or at random. An erasure evaluates it once. It can use erasure.kept,
-- the parts of the data that the erasure keeps.
create or replace procedure log.personal(p_type text, person text, blanks jsonb default '{}')
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_stream text := (select stream_column from event_types where type = p_type);
begin
  if v_stream is null then
    raise exception 'log.% is not an event type', p_type
      using hint = 'Call log.event_table before log.personal.';
  end if;
  -- Planned and not run: that checks the names and types of columns and expressions.
  execute format('explain update %I set %s from (select null::text[] as kept) erasure where (%s) = null::uuid',
    p_type, coalesce(engine.blanking(blanks), 'position = position'), person);
  -- The person is looked for before the event has a position and a time.
  execute format('explain select from (select %s from %I) e where (%s) = null::uuid', (
      select string_agg(quote_ident(name), ', ') from data_columns(p_type)), p_type, person);
  insert into personal_columns values (p_type, personal.person, personal.blanks);
  call engine.make_project(p_type);
  call make_append_of_type(p_type, v_stream);
end
$$;
comment on procedure log.personal(text, text, jsonb) is
  'Declares the personal data of an event type: the id of the person, as a column or an SQL expression, and '
  '{column: SQL expression of its value after an erasure}.';

-- The block of log.<type>_project that refuses events about a user whose personal data were erased (2-forget.sql). A
-- server of any release may have decided them before the erasure, under no version that the erasure changed.
create or replace function engine.erased_block(p_event text) returns text
language sql stable
as $outer$
  select format($block$
      if exists (select from erasures where user_id = any (array(select %s from unnest(p_events) e))) then
        v_void := log.refuse('erasures__not_found', 'the personal data of this user were erased',
          'foreign_key_violation', 'log');
      end if;$block$, person)
  from log.personal_columns
  where event_type = p_event and engine.family_of(p_event) <> 'user_forgotten'
$outer$;

-- The same question about one event that is appended alone, as an expression of log.append1_<type>. p_data are its
-- parameters with the event's data.
create or replace function engine.is_erased(p_event text, p_data text) returns text
language sql stable
as $outer$
  select coalesce((
      select format('exists (select from (select %s as id from (select %s) e (%s)) person
                join erasures on erasures.user_id = person.id)', person, p_data, (
          select string_agg(quote_ident(name), ', ' order by n) from log.data_columns(p_event)))
      from log.personal_columns
      where event_type = p_event and engine.family_of(p_event) <> 'user_forgotten'),
    'false')
$outer$;

-- The assignments of an update that blanks columns; null where there is none.
create or replace function engine.blanking(p_blanks jsonb) returns text
language sql immutable
as $$ select string_agg(format('%I = %s', key, value), ', ' order by key) from jsonb_each_text(p_blanks) $$;

-- The event type that records an erasure: the newest version of user_forgotten.
create or replace function engine.erasing_type() returns text
language sql stable
as $$
  select type from log.event_types where engine.family_of(type) = 'user_forgotten' order by release desc limit 1
$$;

-- The positions of a person's events after one position and up to another.
create or replace function engine.positions_of(p_person uuid, p_after bigint, p_upto bigint) returns bigint[]
language plpgsql stable
as $$
declare
  v record;
  v_of_type bigint[];
  v_positions bigint[] := '{}';
begin
  for v in select event_type, person from log.personal_columns order by event_type loop
    execute format(
      'select array_agg(position) from log.%I where position > $1 and position <= $2 and (%s) = $3',
      v.event_type, v.person) into v_of_type using p_after, p_upto, p_person;
    v_positions := v_positions || coalesce(v_of_type, '{}');
  end loop;
  return v_positions;
end
$$;

do $$
begin
  if not exists (select from pg_trigger where tgrelid = 'log.personal_columns'::regclass
      and tgname = '00_append_only') then
    call log.make_append_only('log.personal_columns');
  end if;
end
$$;
