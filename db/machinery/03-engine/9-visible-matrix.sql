-- The matrix as the servers may see it: the schema engine is the owner's, and nothing in these rows is secret.
--
-- Promises rows alone: the functions behind them can still be called by the owner only.

-- Every cell of the building and live read tables, in the order in which a referred table is written first.
create or replace function log.matrix()
returns table (read_table text, event_type text, kind text, path text[], fault text, attached boolean)
language sql stable security definer set search_path = pg_temp
as $$
  select c.read_table, c.event_type, c.kind, c.path, c.fault,
    exists (
      select from engine.attached a where a.read_table = c.read_table and a.event_type = c.event_type)
  from engine.cells_of(array(select name from read.tables where state in ('building', 'live'))) c
  join engine.ranks() r on r.name = c.read_table
  order by r.rank, r.name, engine.release_of(c.event_type), c.event_type
$$;
comment on function log.matrix() is 'How each type of event reaches each read table: see engine.cells_of.';

-- The chains of casts from one type of event to each other type that it can become.
create or replace function log.casts_of(p_type text) returns table (target text, path text[], direction text)
language sql stable security definer set search_path = pg_temp
as $$
  select distinct on (c.target) c.target, c.path, c.direction
  from engine.chains() c
  where c.event_type = p_type and c.path <> '{}'
  order by c.target, cardinality(c.path), c.path
$$;
comment on function log.casts_of(text) is
  'The types that an event of a type can be cast to, with the shortest chain of casts to each.';
