-- The matrix: how each type of event reaches each read table.
--
-- Promises: an event reaches a read table by the projection for its own type, or by the one shortest
-- chain of casts. An event type that reaches nothing, and is not ignored by name, is a fault before it
-- goes live. The functions that releases bring are found in the catalogue, by name and argument type.

-- Every chain of casts in one direction, including the empty chain of each type. A cast is a function of
-- schema log that takes one event type, returns another, and is named after the one it returns.
create or replace function engine.chains()
returns table (event_type text, target text, path text[], direction text)
language sql stable
as $$
  with recursive casts as (
    select f.type as source, t.type as target,
      case when t.release > f.release then 'up' else 'down' end as direction
    from pg_proc p
    join log.event_types f on p.pronargs = 1
      and p.proargtypes[0] = to_regtype(format('log.%I', f.type))
    join log.event_types t on p.proname = t.type
      and p.prorettype = to_regtype(format('log.%I', t.type))
    where p.pronamespace = 'log'::regnamespace
  ), chains as (
    select type as event_type, type as target, '{}'::text[] as path, null as direction
    from log.event_types
    union all
    select c.event_type, k.target, c.path || k.target, k.direction
    from chains c join casts k on k.source = c.target
      and k.direction = coalesce(c.direction, k.direction)
      and k.target <> all (c.path) and k.target <> c.event_type
  )
  select * from chains
$$;

-- One column of the matrix: how each event type reaches one read table of a schema.
--   kind   direct | backport | up | down | ignored | none
--   path   the casts on the way; the projection takes the result of the last one, or the event itself
--   fault  why this cell must not go live, or null
create or replace function engine.cells(p_table text, p_schema text default 'read')
returns table (event_type text, kind text, path text[], takes_array boolean, fault text)
language sql stable
as $$
  with projections as (
    select t.type, p.proargtypes[0] = to_regtype(format('log.%I[]', t.type)) as takes_array
    from pg_proc p
    join log.event_types t on p.pronargs = 1 and p.proargtypes[0]
      in (to_regtype(format('log.%I', t.type)), to_regtype(format('log.%I[]', t.type)))
    where p.pronamespace = p_schema::regnamespace and p.proname = p_table || '_on'
  ), ignored as (
    select distinct t.type
    from pg_proc p cross join unnest(p.proargtypes) argument
    join log.event_types t on argument = to_regtype(format('log.%I', t.type))
    where p.pronamespace = p_schema::regnamespace and p.proname = p_table || '_ignores'
  ), ways as (
    select c.event_type, c.path, c.direction, p.takes_array,
      rank() over (partition by c.event_type order by cardinality(c.path)) as place
    from engine.chains() c join projections p on p.type = c.target
  ), shortest as (
    select event_type, min(path::text)::text[] as path, min(direction) as direction,
      bool_or(takes_array) as takes_array, count(*) as ways
    from ways where place = 1
    group by event_type
  )
  select t.type,
    case
      when s.path = '{}' and t.release > engine.release_of(p_table) then 'backport'
      when s.path = '{}' then 'direct'
      when i.type is not null then 'ignored'
      else coalesce(s.direction, 'none')
    end,
    case when i.type is null or s.path = '{}' then s.path end,
    case when i.type is null or s.path = '{}' then s.takes_array end,
    case
      when s.path = '{}' and i.type is not null then
        format('%s projects %s and ignores it, too', p_table, t.type)
      when i.type is not null then null
      when s.path = '{}' and s.ways > 1 then
        format('%s has two projections for %s, one by one and many at once', p_table, t.type)
      when s.ways > 1 then
        format('%s reaches %s by two chains of casts of equal length', t.type, p_table)
      -- The longest name that is made of it ends in _ignores.
      when octet_length(p_table) > 55 then
        format('the name %s is too long: 55 bytes are possible', p_table)
      when s.path is null and t.release <= engine.release_of(p_table) then
        format('%s neither projects %s nor ignores it', p_table, t.type)
      when s.path is null and exists (
          select from ways w where engine.family_of(w.event_type) = engine.family_of(t.type)) then
        format('%s needs a cast, to a type that %s projects', t.type, p_table)
      when s.path is null and p_schema <> 'work' and t.type = engine.erasing_type() and exists (
          select from ways w join log.personal_columns c on c.event_type = w.event_type
          where c.blanks <> '{}') then
        format('%s projects events with personal data, and neither projects %s nor ignores it', p_table, t.type)
    end
  from log.event_types t
  left join shortest s on s.event_type = t.type
  left join ignored i on i.type = t.type
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
