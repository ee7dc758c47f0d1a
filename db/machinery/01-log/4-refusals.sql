-- Refusals: how an append is refused in the name of a constraint, '<table>__<problem code>'.
--
-- The name says to callers which rule was broken, as it does for constraints of PostgreSQL. Only
-- integrity violations (SQLSTATE class 23) are refusals; log.append reports them per request.

create or replace function log.refuse(
  p_constraint text, p_message text,
  p_condition text default 'foreign_key_violation', p_schema text default 'read'
) returns void
language plpgsql
as $$
begin
  raise exception using errcode = p_condition, schema = p_schema,
    table = split_part(p_constraint, '__', 1), constraint = p_constraint, message = p_message;
end
$$;
comment on function log.refuse(text, text, text, text) is
  'Refuses an event in the name of a constraint, "<table>__<problem code>". For projections.';

create or replace function log.refuse_version(p_message text) returns void
language sql
as $$ select log.refuse('events__version_conflict', p_message, 'unique_violation', 'log') $$;
