-- Streams: for each aggregate and release, a view that shows streams in the shapes of that release.
--
-- Promises: the code of a release handles one shape of each event, the newest it was written for. An
-- event that it cannot handle is shown as unknown, so that it cannot be skipped unnoticed. A view has the
-- streams of its own aggregate only. Install calls engine.make_stream_views() after each release.

-- How the events of one aggregate appear in its view of one release.
--   standing  known, through the casts in path | ignored | unknown
-- A type of a later release is known if a downcast leads to a type of this release. It is ignored if
-- its author declares so by a function log.<view>_ignores(log.<type>).
create or replace function engine.stream_cells(p_aggregate text, p_release int)
returns table (event_type text, standing text, path text[])
language sql stable
as $$
  with known as (
    select distinct on (engine.family_of(type)) type
    from log.event_types
    where aggregate = p_aggregate and release <= p_release
    order by engine.family_of(type), release desc
  ), ways as (
    select distinct on (c.event_type) c.event_type, c.path
    from engine.chains() c join known k on k.type = c.target
    order by c.event_type, cardinality(c.path)
  ), ignored as (
    select distinct t.type
    from pg_proc p cross join unnest(p.proargtypes) argument
    join log.event_types t on argument = to_regtype(format('log.%I', t.type))
    where p.pronamespace = 'log'::regnamespace
      and p.proname = format('%s_stream_%s_ignores', p_aggregate, p_release)
  )
  select t.type,
    case when i.type is not null then 'ignored' when w.path is null then 'unknown' else 'known' end,
    w.path
  from log.event_types t
  left join ways w on w.event_type = t.type
  left join ignored i on i.type = t.type
  where t.aggregate = p_aggregate
$$;

create or replace procedure engine.make_stream_view(p_aggregate text, p_release int)
language plpgsql
as $$
declare
  v_missing text;
  v_view text := format('%s_stream_%s', p_aggregate, p_release);
begin
  select event_type into v_missing
    from engine.stream_cells(p_aggregate, p_release)
    where standing = 'unknown' and engine.release_of(event_type) <= p_release;
  if found then
    raise exception 'log.% needs a cast of log.% to the newest version of its event', v_view, v_missing;
  end if;
  execute (
    select format('create or replace view log.%I as
      select h.stream_id, h.stream_version, h.position, h.id, h.recorded_at, h.metadata,
        case h.type %s else h.type end as type,
        case when coalesce(%s) is null
            and exists (select from log.void_headers v where v.position = h.position) then ''ignored''
          else case h.type %s else ''unknown'' end end as standing,
        case h.type %s end as data
      from log.events h
      join log.event_types t on t.type = h.type and t.aggregate = %L %s',
      v_view,
      string_agg(format('when %L then %L', event_type,
        coalesce(path[cardinality(path)], event_type)), ' '),
      string_agg(format('%I.position', event_type), ', '),
      string_agg(format('when %L then %L', event_type, standing), ' '),
      string_agg(format('when %L then %s', event_type, case standing when 'known'
        then format('case when %1$I.position is not null then '
          'to_jsonb(%2$s) - ''{position,recorded_at}''::text[] end', event_type,
          engine.cast_expression(quote_ident(event_type), path)) else 'null::jsonb' end), ' '),
      p_aggregate,
      string_agg(format('left join log.%1$I on h.type = %1$L and %1$I.position = h.position',
        event_type), ' '))
    from engine.stream_cells(p_aggregate, p_release));
  execute format('comment on view log.%I is %L', v_view,
    format('Streams of the aggregate %s in the shapes of release %s.', p_aggregate, p_release));
end
$$;

-- One view for each aggregate and each release that added an event to it.
create or replace procedure engine.make_stream_views()
language plpgsql
as $$
declare
  v record;
begin
  for v in select distinct aggregate, release from log.event_types loop
    call engine.make_stream_view(v.aggregate, v.release);
  end loop;
end
$$;
