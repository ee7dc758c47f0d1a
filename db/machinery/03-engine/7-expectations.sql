-- Expectations: what a request may expect of a read table, such as that a session has not ended.
--
-- A release can bring a function <table>_expects(keys uuid[]) with a read table. It calls log.refuse unless the
-- table accepts every key. Beside it, a release can bring <table>_accepts(key uuid), a query in SQL that returns the
-- key if the table accepts it, so that appends of one event can ask within a statement that they run anyway. Promises
-- that appends ask both under the append lock.

-- The read tables that a request can name, and whose functions are there to ask. A request can no longer name one
-- that is about to be dropped.
create or replace function engine.expected_tables() returns setof text
language sql stable
as $$
  select t.name from read.tables t
  where t.state <> 'retiring' and to_regprocedure(format('read.%I(uuid[])', t.name || '_expects')) is not null
$$;

-- The body of log.accepted_keys, which make_expectations makes. Leaves demoted tables out: only check_read_tables
-- asks them.
create or replace function engine.accepted_keys() returns text
language sql stable
as $$
  select coalesce(
      string_agg(format(' select key from read.%I(p_key) key where p_table = %L ', name || '_accepts', name),
        'union all' order by name),
      ' select p_key where false ')
  from engine.expected_tables() name join read.tables t using (name)
  where t.state <> 'demoted' and to_regprocedure(format('read.%I(uuid)', name || '_accepts')) is not null
$$;

-- A read table; for a view, also the tables that it selects from.
create or replace function engine.tables_behind(p_table text) returns setof text
language sql stable
as $$
  with recursive behind as (
    select to_regclass(format('read.%I', p_table))::oid as oid
    union
    select d.refobjid
    from behind join pg_rewrite r on r.ev_class = behind.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
      and d.refclassid = 'pg_class'::regclass
  )
  select c.relname::text from behind join pg_class c using (oid)
$$;

-- The bodies of log.check_read_tables and log.changes_expected, which make_expectations makes from the catalogue.
create or replace function engine.expectations(out check_read_tables text, out changes_expected text)
language plpgsql stable
as $outer$
declare
  v_branches text;
  v_types text[];
begin
  select string_agg(format('when %L then v_void := %I(p_keys);', name, name || '_expects'), E'\n        '
      order by name)
    into v_branches from engine.expected_tables() name;
  v_types := array(
    select distinct c.event_type
    from engine.cells_of(array(
      select distinct behind from engine.expected_tables() name, engine.tables_behind(name) behind)) c
    where c.kind not in ('ignored', 'none')
    order by 1);
  check_read_tables := format($body$
    declare
      v_void text;
    begin
      if not coalesce(p_table = any (p_live), false) then
        if not exists (
            select from tables where name = p_table and state in ('live', 'demoted')) then
          raise exception using errcode = 'LG008',
            message = format('a request expects a key of read table %%s, which is not live',
              coalesce(quote_ident(p_table), 'null')),
            hint = 'Run `epistle status`, and `epistle install` for a table of this release.';
        end if;
      end if;
      case p_table
        %s
        else raise exception using errcode = 'LG008',
          message = format('a request expects a key of read table %%1$I, which has no function '
            '%%1$s_expects(uuid[])', p_table),
          hint = 'Name a read table whose release brings the function.';
      end case;
    end
    $body$, coalesce(v_branches, 'when null then null;'));
  changes_expected := format(' select p_type = any (%L::text[]) ', v_types);
end
$outer$;

-- Makes three functions from the catalogue. Install, demote and retire call it.
--   log.check_read_tables(read table, keys, live read tables): refuses unless the table accepts the keys.
--     Raises LG008 for a table that is neither live nor demoted, or has no such function. A caller that has
--     read the names of live tables under the append lock passes them, which saves reading them again.
--   log.changes_expected(event type): whether such an event can change what one of these tables accepts.
--   log.accepted_keys(read table, key): the key, if the table has <table>_accepts and accepts it; else no row. The
--     caller checks that the table is live. PostgreSQL puts the text of both functions into the statement that asks,
--     so the caller must have schema read in its search_path, and neither function can have settings of its own.
--     A plan that contains them is made again when one of them changes.
create or replace procedure engine.make_expectations()
language plpgsql
as $$
declare
  v record := engine.expectations();
begin
  call log.drop_other_forms('log', 'check_read_tables',
    'p_table text, p_keys uuid[], p_live text[] DEFAULT NULL::text[]', 'void');
  call log.drop_other_forms('log', 'changes_expected', 'p_type text', 'boolean');
  call log.drop_other_forms('log', 'accepted_keys', 'p_table text, p_key uuid', 'SETOF uuid');
  execute format($create$
    create or replace function log.check_read_tables(
      p_table text, p_keys uuid[], p_live text[] default null
    ) returns void
    language plpgsql set search_path = read, log, pg_temp set enable_seqscan = off
    as %L $create$, v.check_read_tables);
  execute format($create$
    create or replace function log.changes_expected(p_type text) returns boolean
    language sql immutable
    as %L $create$, v.changes_expected);
  execute format($create$
    create or replace function log.accepted_keys(p_table text, p_key uuid) returns setof uuid
    language sql stable
    as %L $create$, engine.accepted_keys());
  revoke execute on function log.check_read_tables(text, uuid[], text[]) from public;
  revoke execute on function log.changes_expected(text) from public;
  revoke execute on function log.accepted_keys(text, uuid) from public;
  call engine.record_function('check_read_tables', 'events');
  call engine.record_function('changes_expected', 'events');
  call engine.record_function('accepted_keys', 'events');
end
$$;
