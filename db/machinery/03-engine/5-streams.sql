-- Streams: for each aggregate and release, a view that shows streams in the shapes of that release.
--
-- Promises: the code of a release handles one shape of each event, the newest it was written for. An
-- event that it cannot handle is shown as unknown, so that it cannot be skipped unnoticed. A view has the
-- streams of its own aggregate only. Install runs engine.make_stream_views() after each release.

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

-- The query of one view. Raises where an event of this or an earlier release has no cast.
create or replace function engine.stream_view_query(p_aggregate text, p_release int) returns text
language plpgsql stable
as $$
declare
  v_missing text;
begin
  select event_type into v_missing
    from engine.stream_cells(p_aggregate, p_release)
    where standing = 'unknown' and engine.release_of(event_type) <= p_release;
  if found then
    raise exception 'log.% needs a cast of log.% to the newest version of its event',
      format('%s_stream_%s', p_aggregate, p_release), v_missing;
  end if;
  return (
    select format('
      select h.stream_id, h.stream_version, h.position, h.id, h.recorded_at, h.metadata,
        case h.type %s else h.type end as type,
        case when coalesce(%s) is null
            and exists (select from log.void_headers v where v.position = h.position) then ''ignored''
          else case h.type %s else ''unknown'' end end as standing,
        case h.type %s end as data
      from log.events h
      join log.event_types t on t.type = h.type and t.aggregate = %L %s',
      string_agg(format('when %L then %L', event_type,
        coalesce(path[cardinality(path)], event_type)), ' ' order by event_type),
      string_agg(format('%I.position', event_type), ', ' order by event_type),
      string_agg(format('when %L then %L', event_type, standing), ' ' order by event_type),
      string_agg(format('when %L then %s', event_type, case standing when 'known'
        then format('case when %1$I.position is not null then '
          'to_jsonb(%2$s) - ''{position,recorded_at}''::text[] end', event_type,
          engine.cast_expression(quote_ident(event_type), path)) else 'null::jsonb' end), ' '
        order by event_type),
      p_aggregate,
      string_agg(format('left join log.%1$I on h.type = %1$L and %1$I.position = h.position',
        event_type), ' ' order by event_type))
    from engine.stream_cells(p_aggregate, p_release));
end
$$;

-- Makes the missing views: one for each aggregate and each release that added an event to it. Returns the
-- statements that replace views which are not as they should be. Replacing a view locks out its readers, so
-- the caller does that last, and a view that is right is left alone. PostgreSQL does not keep the text of a
-- view: the stored form of a draft is compared.
create or replace function engine.make_stream_views() returns setof text
language plpgsql
as $$
declare
  v record;
  v_query text;
  v_draft text;
begin
  for v in
    select aggregate, release, format('log.%I', format('%s_stream_%s', aggregate, release)) as view
    from (select distinct aggregate, release from log.event_types) views
    order by aggregate, release
  loop
    v_query := engine.stream_view_query(v.aggregate, v.release);
    execute 'create view log.draft_of_stream_view as ' || v_query;
    v_draft := pg_get_viewdef('log.draft_of_stream_view'::regclass);
    drop view log.draft_of_stream_view;
    if to_regclass(v.view) is null then
      execute format('create view %s as %s', v.view, v_query);
      execute format('comment on view %s is %L', v.view,
        format('Streams of the aggregate %s in the shapes of release %s.', v.aggregate, v.release));
    elsif pg_get_viewdef(to_regclass(v.view)) <> v_draft then
      return next format('create or replace view %s as %s', v.view, v_query);
    end if;
  end loop;
end
$$;
