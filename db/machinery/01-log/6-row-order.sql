-- Row order: each event's row follows its header, in its transaction, in position order over all
-- event tables, and no header is left out. How far a transaction has written rows is kept in a setting.

-- The position of the last row, or of the last header before the transaction's first; null where the
-- transaction has written no header. The setting names its transaction, so a value that the session left
-- from another one is ignored. Only a role that may insert rows, the owner, could make use of a forged one.
create or replace function log.row_position() returns bigint
language sql stable
as $$
  select case when split_part(current_setting('epistle.position', true), ' ', 1)
      = pg_current_xact_id()::text
    then split_part(current_setting('epistle.position', true), ' ', 2)::bigint end
$$;

create or replace function log.set_row_position(p_position bigint) returns text
language sql volatile
as $$ select set_config('epistle.position', pg_current_xact_id() || ' ' || p_position, true) $$;

-- Called by the guard of an event table for the rows of one insert: how many there are, how many have a
-- header of their own, their first and last position.
create or replace function log.check_row_order(
  p_type text, p_rows bigint, p_with_header bigint, p_first bigint, p_last bigint
) returns void
language plpgsql
as $$
declare
  v_position bigint := log.row_position();
  v_void text;
begin
  if p_with_header <> p_rows or v_position is null then
    raise exception using errcode = 'LG003',
      message = format('a row of %s has no header of its own in this transaction', p_type),
      hint = 'Leave its position null, or use the position of a header with the same type, stream and '
        'recorded_at that this transaction wrote.';
  end if;
  -- log.append need not count: it writes as many rows as headers, in their order.
  if p_first <= v_position or current_setting('epistle.appending', true) is distinct from 'on'
      and p_rows < (select count(*) from log.events
        where position > v_position and position <= p_last) then
    raise exception using errcode = 'LG005',
      message = format('the row of %s at position %s does not follow that of the header before it',
        p_type, p_first),
      hint = 'Insert rows in the order of their headers, in the transaction of their headers.';
  end if;
  v_void := log.set_row_position(p_last);
end
$$;
