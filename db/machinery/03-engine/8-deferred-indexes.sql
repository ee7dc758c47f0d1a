-- Deferred indexes: indexes that only readers need are dropped before a long replay and made again after it.
-- Without them the replay of a long log is twice as fast, and to make an index afterwards costs a quarter of
-- what it costs to maintain it meanwhile.
--
-- Promises that no definition is lost: it is recorded in the transaction that drops the index, until the
-- transaction that makes it again. Leaves indexes that enforce something as they are.

create table if not exists engine.deferred_indexes (
  relation regclass not null,
  definition text not null
);
comment on table engine.deferred_indexes is
  'The indexes of read tables that are being replayed, which are made when the replay is done.';

-- Drops the indexes of a table that enforce nothing, and records their definitions.
create or replace procedure engine.defer_indexes(p_table regclass)
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v record;
begin
  -- Forget the indexes of shadows that are gone.
  delete from engine.deferred_indexes d where not exists (select from pg_class where oid = d.relation);
  for v in
    select indexrelid::regclass as name, pg_get_indexdef(indexrelid) as definition
    from pg_index
    where indrelid = p_table and not (indisunique or indisexclusion or indisreplident)
    order by indexrelid
  loop
    insert into engine.deferred_indexes (relation, definition) values (p_table, v.definition);
    execute format('drop index %s', v.name);
  end loop;
end
$$;

-- Makes the deferred indexes of a table, on one processor, because writers need the others.
create or replace procedure engine.make_deferred_indexes(p_table regclass)
language plpgsql set search_path = pg_catalog, pg_temp set max_parallel_maintenance_workers = 0
as $$
declare
  v_definition text;
begin
  for v_definition in delete from engine.deferred_indexes where relation = p_table returning definition loop
    execute v_definition;
  end loop;
end
$$;
