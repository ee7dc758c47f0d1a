-- Lone headers: headers without their rows. No transaction commits one; those that exist can be declared void.
--
-- Promises that a header inserted by itself is refused at commit, unless its row has followed. log.append
-- needs no such check, because it counts the rows that it writes. A session of the owner can still alter
-- the tables, or forge the machinery's settings; log.lone_headers() finds what that leaves behind.

create or replace function log.require_row() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
begin
  if new.position <= log.row_position() then  -- rows are written in the order of their headers
    return null;
  end if;
  raise exception using errcode = 'LG006',
    message = format('the header at position %s has no row in log.%s', new.position, new.type),
    hint = format('Insert the row with this position in the transaction of the header, or insert into '
      'log.%s without a position: that writes the header, too.', new.type);
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
  if not exists (select from pg_trigger where tgrelid = 'log.events'::regclass
      and tgname = '00_row') then
    -- Its condition is evaluated at the insert, so log.append and appends of one type queue nothing for the
    -- commit: they count the rows that they write.
    create constraint trigger "00_row" after insert on log.events
      deferrable initially deferred for each row
      when (coalesce(current_setting('epistle.appending', true), '')
        not in ('on', pg_current_xact_id()::text))
      execute function log.require_row();
    alter table log.events enable always trigger "00_row";
    call log.make_append_only('log.void_headers');
  end if;
end
$$;
