-- The matrix: how each type of event reaches each read table.
--
-- Promises: an event reaches a read table by the projection for its own type, or by the one shortest
-- chain of casts. An event type that reaches nothing, and is not ignored by name, is a fault before it
-- goes live. The functions that releases bring are found in the catalogue, by name and argument type.

-- The event types with the row types of their tables, and the arrays of those.
create or replace function engine.row_types()
returns table (type text, release int, row_type oid, array_type oid)
language sql stable
as $$
  select t.type, t.release, y.oid, y.typarray
  from log.event_types t
  left join pg_type y on y.typname = t.type and y.typnamespace = 'log'::regnamespace
$$;

-- Every chain of casts in one direction, including the empty chain of each type. A cast is a function of
-- schema log that takes one event type, returns another, and is named after the one it returns.
create or replace function engine.chains()
returns table (event_type text, target text, path text[], direction text)
language sql stable
as $$
  with recursive types as materialized (
    select * from engine.row_types()
  ), casts as materialized (
    select f.type as source, t.type as target,
      case when t.release > f.release then 'up' else 'down' end as direction
    from pg_proc p
    join types f on p.pronargs = 1 and p.proargtypes[0] = f.row_type
    join types t on p.proname = t.type and p.prorettype = t.row_type
    where p.pronamespace = 'log'::regnamespace
  ), chains as (
    select type as event_type, type as target, '{}'::text[] as path, null as direction
    from types
    union all
    select c.event_type, k.target, c.path || k.target, k.direction
    from chains c join casts k on k.source = c.target
      and k.direction = coalesce(c.direction, k.direction)
      and k.target <> all (c.path) and k.target <> c.event_type
  )
  select * from chains
$$;

-- Columns of the matrix: how each event type reaches each of these read tables of a schema.
--   kind   direct | backport | up | down | ignored | none
--   path   the casts on the way; the projection takes the result of the last one, or the event itself
--   takes_array, takes_event  which forms of the projection there are, for several events or for one
--   fault  why this cell must not go live, or null
create or replace function engine.cells_of(p_tables text[], p_schema text default 'read')
returns table (
  read_table text, event_type text, kind text, path text[], takes_array boolean, takes_event boolean, fault text
)
language sql stable
as $$
  with types as materialized (
    select r.*, engine.family_of(r.type) as family from engine.row_types() r
  ), tables as materialized (
    select name, engine.release_of(name) as release from unnest(p_tables) name
  ), projections as materialized (
    select n.name, t.type, bool_or(p.proargtypes[0] = t.array_type) as takes_array,
      bool_or(p.proargtypes[0] = t.row_type) as takes_event
    from tables n
    join pg_proc p on p.proname = n.name || '_on' and p.pronamespace = p_schema::regnamespace
    join types t on p.pronargs = 1 and p.proargtypes[0] in (t.row_type, t.array_type)
    group by n.name, t.type
  ), ignored as materialized (
    select distinct n.name, t.type
    from tables n
    join pg_proc p on p.proname = n.name || '_ignores' and p.pronamespace = p_schema::regnamespace
    cross join unnest(p.proargtypes) argument
    join types t on t.row_type = argument
  ), ways as materialized (
    select p.name, c.event_type, c.path, c.direction, p.takes_array, p.takes_event,
      rank() over (partition by p.name, c.event_type order by cardinality(c.path)) as place
    from engine.chains() c join projections p on p.type = c.target
  ), shortest as (
    select w.name, w.event_type, min(w.path::text)::text[] as path, min(w.direction) as direction,
      bool_or(w.takes_array) as takes_array, bool_or(w.takes_event) as takes_event, count(*) as ways
    from ways w where w.place = 1
    group by w.name, w.event_type
  ), families as materialized (
    select distinct w.name, t.family from ways w join types t on t.type = w.event_type
  ), personal as materialized (
    select distinct w.name from ways w join log.personal_columns c using (event_type) where c.blanks <> '{}'
  )
  select n.name, t.type,
    case
      when s.path = '{}' and t.release > n.release then 'backport'
      when s.path = '{}' then 'direct'
      when i.type is not null then 'ignored'
      else coalesce(s.direction, 'none')
    end,
    case when i.type is null or s.path = '{}' then s.path end,
    case when i.type is null or s.path = '{}' then s.takes_array end,
    case when i.type is null or s.path = '{}' then s.takes_event end,
    case
      when s.path = '{}' and i.type is not null then
        format('%s projects %s and ignores it, too', n.name, t.type)
      when i.type is not null then null
      -- Tasks are enqueued by a trigger, which always has several events.
      when s.takes_array and s.takes_event and p_schema = 'work' then
        format('%s has two functions for %s, one by one and many at once', n.name, t.type)
      when s.ways > 1 then
        format('%s reaches %s by two chains of casts of equal length', t.type, n.name)
      -- The longest name that is made of it ends in _ignores.
      when octet_length(n.name) > 55 then
        format('the name %s is too long: 55 bytes are possible', n.name)
      when s.path is null and t.release <= n.release then
        format('%s neither projects %s nor ignores it', n.name, t.type)
      when s.path is null and (n.name, t.family) in (select f.name, f.family from families f) then
        format('%s needs a cast, to a type that %s projects', t.type, n.name)
      when s.path is null and p_schema <> 'work' and t.type = (select engine.erasing_type())
          and n.name in (select p.name from personal p) then
        format('%s projects events with personal data, and neither projects %s nor ignores it', n.name, t.type)
    end
  from tables n cross join types t
  left join shortest s on s.name = n.name and s.event_type = t.type
  left join ignored i on i.name = n.name and i.type = t.type
$$;

-- The column of one read table.
create or replace function engine.cells(p_table text, p_schema text default 'read')
returns table (event_type text, kind text, path text[], takes_array boolean, fault text)
language sql stable
as $$
  select c.event_type, c.kind, c.path, c.takes_array, c.fault
  from engine.cells_of(array[p_table], p_schema) c
$$;

-- The expression that takes an event through its casts: log.b(log.a(event)).
create or replace function engine.cast_expression(p_event text, p_path text[]) returns text
language plpgsql immutable
as $$
declare
  v_step text;
begin
  foreach v_step in array p_path loop
    p_event := format('log.%I(%s)', v_step, p_event);
  end loop;
  return p_event;
end
$$;

-- The matrix as the servers may see it: the schema engine is the owner's, and nothing in these rows is secret. The
-- functions behind these two can still be called by the owner only.

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
