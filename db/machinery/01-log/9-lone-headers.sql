-- Lone headers: headers without their rows. No transaction commits one; those that exist can be declared void.
--
-- Promises that a header inserted by itself is refused at commit, unless its row has followed. log.append
-- needs no such check, because it counts the rows that it writes. A session of the owner can still alter
-- the tables, or forge the machinery's settings; log.lone_headers() finds what that leaves behind.

-- At commit PostgreSQL runs deferred triggers of rows, and nothing else. A trigger of the rows of log.events cost every
-- append 3 %, because PostgreSQL reads and plans its condition each time, also where it is false. So the header guard,
-- which skips most appends, writes a row here, and deletes it at once. The trigger of the row fires all the same.
create table if not exists log.header_checks (
  position bigint constraint header_checks_pkey primary key
);
comment on table log.header_checks is
  'Always empty. A row is written and deleted at once, so that its trigger checks at commit whether the headers up '
  'to its position have their rows.';

-- The header guard calls this for the last header of an insert.
create or replace function log.check_at_commit(p_position bigint) returns void
language plpgsql
as $$
begin
  insert into log.header_checks values (p_position);
  delete from log.header_checks where position = p_position;
end
$$;

create or replace function log.require_row() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
declare
  v_written bigint := log.row_position();
  v_lone record;
begin
  if new.position <= v_written then  -- rows are written in the order of their headers
    return null;
  end if;
  select position, type into v_lone from log.events
    where position > coalesce(v_written, new.position - 1) order by position limit 1;
  raise exception using errcode = 'LG006',
    message = format('the header at position %s has no row in log.%s', v_lone.position, v_lone.type),
    hint = format('Insert the row with this position in the transaction of the header, or insert into '
      'log.%s without a position: that writes the header, too.', v_lone.type);
end
$$;

-- Nothing was projected for a header without its row, so a replay that leaves it out makes the rows that
-- live tables have. The version of its stream stays used.
create table if not exists log.void_headers (
  position bigint constraint void_headers_pkey primary key,
  reason text not null,
  voided_at timestamptz not null default clock_timestamp()
);
comment on table log.void_headers is
  'Headers without rows that the owner declared void: replays and streams leave them out.';

-- The headers after a position without rows that are not void. Lists them only where the numbers of headers and
-- rows differ.
create or replace function log.lone_headers(p_after bigint default 0) returns table (header bigint, event_type text)
language plpgsql stable
as $$
declare
  v record;
  v_rows bigint;
begin
  for v in select e.type, count(*) as headers from log.events e where e.position > p_after
      group by e.type order by e.type loop
    execute format('select count(*) from only log.%I where position > $1', v.type) into v_rows using p_after;
    continue when v_rows = v.headers;
    return query execute format(
      'select e.position, e.type from only log.events e
       where e.position > $1 and e.type = %L and not exists (select from only log.%I r where r.position = e.position)
         and not exists (select from log.void_headers v where v.position = e.position)
       order by e.position', v.type, v.type) using p_after;
  end loop;
end
$$;

create or replace function log.void_header(p_position bigint, p_reason text) returns void
language plpgsql
as $$
begin
  if not exists (select from log.lone_headers() where header = p_position) then
    raise exception using errcode = 'invalid_parameter_value',
      message = format('there is no header without its row at position %s', p_position),
      hint = 'select * from log.lone_headers() lists those that there are.';
  end if;
  insert into log.void_headers (position, reason) values (p_position, p_reason);
end
$$;
comment on function log.void_header(bigint, text) is
  'Declares a header void that has no row, so that replays and streams leave it out. For the owner.';

do $$
begin
  if not exists (select from pg_trigger where tgrelid = 'log.header_checks'::regclass
      and tgname = '00_row') then
    create constraint trigger "00_row" after insert on log.header_checks
      deferrable initially deferred for each row execute function log.require_row();
    create trigger "00_append_only" before update or delete or truncate on log.header_checks
      for each statement when (pg_trigger_depth() = 0) execute function log.refuse_change();
    alter table log.header_checks enable always trigger "00_row", enable always trigger "00_append_only";
  end if;
  if not exists (select from pg_trigger where tgrelid = 'log.events'::regclass
      and tgname = '00_row') then
    -- Refuses what logical replication applies: that fires no trigger of a statement, so no guard. In other sessions
    -- PostgreSQL passes over this trigger before it reads the condition.
    create constraint trigger "00_row" after insert on log.events
      deferrable initially deferred for each row
      when (coalesce(current_setting('epistle.appending', true), '')
        not in ('on', pg_current_xact_id()::text))
      execute function log.require_row();
    alter table log.events enable replica trigger "00_row";
    call log.make_append_only('log.void_headers');
  end if;
end
$$;
