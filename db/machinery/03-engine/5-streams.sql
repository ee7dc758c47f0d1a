-- Streams: for each aggregate and release, a view that shows streams in the shapes of that release.
--
-- Promises: the code of a release handles one shape of each event, the newest it was written for. An
-- event that it cannot handle is shown as unknown, so that it cannot be skipped unnoticed. A view has the
-- streams of its own aggregate only. Install runs engine.make_stream_views() after each release.

-- How the events of each aggregate appear in its view of each release that added an event to it.
--   standing  known, through the casts in path | ignored | unknown
-- A type of a later release is known if a downcast leads to a type of this release. It is ignored if
-- its author declares so by a function log.<view>_ignores(log.<type>).
create or replace function engine.stream_cells()
returns table (aggregate text, release int, event_type text, standing text, path text[])
language sql stable
as $$
  with views as materialized (
    select distinct t.aggregate, t.release from log.event_types t
  ), known as (
    select distinct on (v.aggregate, v.release, engine.family_of(t.type)) v.aggregate, v.release, t.type
    from views v join log.event_types t on t.aggregate = v.aggregate and t.release <= v.release
    order by v.aggregate, v.release, engine.family_of(t.type), t.release desc
  ), ways as (
    select distinct on (k.aggregate, k.release, c.event_type) k.aggregate, k.release, c.event_type, c.path
    from engine.chains() c join known k on k.type = c.target
    order by k.aggregate, k.release, c.event_type, cardinality(c.path)
  ), ignored as (
    select distinct v.aggregate, v.release, t.type
    from views v
    join pg_proc p on p.pronamespace = 'log'::regnamespace
      and p.proname = format('%s_stream_%s_ignores', v.aggregate, v.release)
    cross join unnest(p.proargtypes) argument
    join engine.row_types() t on t.row_type = argument
  )
  select v.aggregate, v.release, t.type,
    case when i.type is not null then 'ignored' when w.path is null then 'unknown' else 'known' end,
    w.path
  from views v join log.event_types t on t.aggregate = v.aggregate
  left join ways w on (w.aggregate, w.release, w.event_type) = (v.aggregate, v.release, t.type)
  left join ignored i on (i.aggregate, i.release, i.type) = (v.aggregate, v.release, t.type)
$$;

-- The query of each view. Raises where an event of its release or an earlier one has no cast.
create or replace function engine.stream_queries()
returns table (view_name text, description text, query_text text)
language plpgsql stable
as $$
declare
  v record;
begin
  for v in
    select c.aggregate, c.release, format('
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
      c.aggregate,
      string_agg(format('left join log.%1$I on h.type = %1$L and %1$I.position = h.position',
        event_type), ' ' order by event_type)) as query_text,
      min(event_type) filter (
        where standing = 'unknown' and engine.release_of(event_type) <= c.release) as missing
    from engine.stream_cells() c
    group by c.aggregate, c.release
    order by c.aggregate, c.release
  loop
    if v.missing is not null then
      raise exception 'log.% needs a cast of log.% to the newest version of its event',
        format('%s_stream_%s', v.aggregate, v.release), v.missing;
    end if;
    view_name := format('log.%I', format('%s_stream_%s', v.aggregate, v.release));
    description := format('Streams of the aggregate %s in the shapes of release %s.', v.aggregate, v.release);
    query_text := v.query_text;
    return next;
  end loop;
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
  v_draft text;
begin
  for v in select * from engine.stream_queries() loop
    if to_regclass(v.view_name) is null then
      execute format('create view %s as %s', v.view_name, v.query_text);
      execute format('comment on view %s is %L', v.view_name, v.description);
      continue;
    end if;
    execute 'create view log.draft_of_stream_view as ' || v.query_text;
    v_draft := pg_get_viewdef('log.draft_of_stream_view'::regclass);
    drop view log.draft_of_stream_view;
    if pg_get_viewdef(to_regclass(v.view_name)) <> v_draft then
      return next format('create or replace view %s as %s', v.view_name, v.query_text);
    end if;
  end loop;
end
$$;
